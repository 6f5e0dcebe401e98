"""What a few words find: ranked, forgiving, and nothing that one may not see."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from capabilities.models import Requirement, Revision
from capabilities.queries.products import visible_products
from capabilities.queries.search import Asked, Result, marked, search
from capabilities.queries.search_words import corrected, matching_requirements
from config.people.models import Role, User
from evaluations.models import Blob, Case, CaseWord, Dataset, Exposure
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_capability,
    make_comment,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
)
from tests.factories.evaluations import make_dataset_version, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def found(text: str, user: User | None = None, **asked: object) -> Result:
    user = user or make_user(Role.PM)
    return search(Asked(text, user, list(visible_products(user)), **asked))  # type: ignore[arg-type]


def keys(result: Result) -> list[str]:
    return [one.key for one in result.found]


def requirement(title: str, shall: str = "do as is asked", **fields: object) -> Requirement:
    return make_requirement(revision={"title": title, "shall": shall, "rationale": "", **fields})


def test_a_word_of_the_title_comes_before_one_of_the_reason() -> None:
    reason = requirement("Speaks clearly", rationale="Users mentioned sentiment.")
    title = requirement("Sentiment of reviews")
    assert keys(found("sentiment")) == [title.key, reason.key]


def test_an_exact_key_comes_first() -> None:
    other = requirement("Something about the first one")
    Revision.objects.filter(requirement=other).update(title=f"As in {requirement('Wanted').key}")
    wanted = Requirement.objects.latest("pk")
    assert keys(found(wanted.key.lower()))[0] == wanted.key
    assert keys(found(wanted.key.replace("-", "")))[0] == wanted.key


@pytest.mark.parametrize("typed", ["answer", "answering", "answers", "answ", "swerin"])
def test_english_words_are_found_by_stem_by_beginning_and_by_a_part_of_the_title(typed: str) -> None:
    wanted = requirement("Answering from sources")
    assert keys(found(typed)) == [wanted.key]


@pytest.mark.parametrize("typed", ["Kundenbewertungen", "kundenbew", "zusammenfassen", "Größe"])
def test_german_words_are_found_beside_english_ones(typed: str) -> None:
    wanted = requirement("Kundenbewertungen summaries", "die Größe und den Ton zusammenfassen")
    assert keys(found(typed)) == [wanted.key]


def test_all_words_are_needed_quotes_hold_together_and_minus_excludes() -> None:
    both = requirement("Short answers", "give very short answers")
    requirement("Answers that are long, never short")
    assert len(found("short answers").found) == 2
    assert keys(found('"short answers"')) == [both.key]
    assert keys(found("answers -long")) == [both.key]


@pytest.mark.parametrize("typed", ["", "a", "  ", "-word", "\x00", '""', "!!", "&|"])
def test_what_is_too_short_or_no_word_finds_nothing(typed: str) -> None:
    requirement("A word")
    assert found(typed).found == ()


@pytest.mark.parametrize(
    "typed", ["a:* & b", "(((", "it's", "%", "__", "'; DROP TABLE x", "a\\", "x" * 900, "&&&& foo !"]
)
def test_no_text_breaks_the_search(typed: str) -> None:
    assert found(typed).total == 0


def test_a_typing_error_is_read_as_the_word_that_exists() -> None:
    wanted = requirement("Sentiment of reviews")
    result = found("sentimnet revews")
    assert keys(result) == [wanted.key]
    assert result.words and (result.words.text, result.instead_of) == (
        "sentiment reviews",
        "sentimnet revews",
    )
    assert keys(found("sentimnet revews", literal=True)) == []


def test_a_word_is_not_corrected_into_one_of_a_product_one_may_not_see() -> None:
    secret = make_product(key="SECRET", restricted=True)
    make_requirement(secret, revision={"title": "Zebrastripes everywhere"})
    assert corrected("zebrastrips", ["Zebrastripes"]) == "zebrastripes"
    assert found("zebrastrips").instead_of == ""


def test_a_typing_error_is_read_as_a_word_of_any_text() -> None:
    wanted = requirement("Listens", shall="understand Appenzell dialects")
    make_comment(wanted, text="Fribourg is missing.")
    secret = make_requirement(make_product(key="SECRET", restricted=True))
    make_comment(secret, text="Confidential Graubünden.")
    case_of("dev")
    assert keys(found("understnd apenzell")) == [wanted.key]
    assert found("fribuorg").counts == {"comment": 1}
    assert found("graubünnden").instead_of == ""
    assert keys(found("tonihgt")) == ["dev-7"]


def test_words_of_test_cases_and_of_erased_ones_correct_nothing() -> None:
    case_of("test")
    assert found("tonihgt").instead_of == ""
    assert keys(found("tonihgt", make_user(Role.RESEARCHER, may_read_test=True))) == ["test-7"]
    kept = make_dataset_version([{"key": "a", "input": "lion roars"}, {"key": "b", "input": "lion yawns"}])
    erased = kept.entries.get(case__key="a").case
    Blob.objects.filter(pk=erased.content_id).update(purged_at="2026-01-01T00:00Z", data=b"")
    words = CaseWord.objects.filter(dataset=kept.dataset).values_list("word", flat=True)
    assert set(words) == {"lion", "yawns"}


def test_discarded_words_are_never_found_and_superseded_ones_only_when_asked() -> None:
    kept = requirement("Present words")
    make_revision(kept, title="Discarded giraffe", status="discarded")
    Revision.objects.filter(requirement=kept, number=1).update(
        status="superseded", title="Former elephant", approved_at="2026-01-01T00:00Z", fingerprint="x"
    )
    make_revision(kept, title="New lion")
    assert keys(found("giraffe", old=True)) == keys(found("elephant")) == []
    assert keys(found("elephant", old=True)) == keys(found("lion")) == [kept.key]
    assert found("elephant", old=True).found[0].note == "earlier words"


def test_nothing_of_a_restricted_product_is_found_or_counted() -> None:
    secret = make_product(key="SECRET", name="Zebra", restricted=True)
    make_requirement(secret, revision={"title": "Zebra stripes"})
    make_capability(secret, name="Zebra")
    member = make_user(Role.VIEWER)
    make_membership(secret, member)
    assert found("zebra").counts == {}
    assert found("SECRET-1").counts == {}
    assert found("zebra", member).counts == {"requirement": 1, "capability": 1}


def test_only_mine_are_those_i_own_or_wrote() -> None:
    me = make_user(Role.PM)
    requirement("Lion of others")
    mine = requirement("Lion of mine")
    Requirement.objects.filter(pk=mine.pk).update(owner=me)
    assert keys(found("lion", me, mine=True)) == [mine.key]


def test_kinds_are_counted_whatever_is_shown() -> None:
    requirement("Lion roars")
    make_model_version(name="1", slug="lion")
    result = found("lion", kind="model")
    assert result.counts == {"requirement": 1, "model": 1}
    assert ([one.kind for one in result.found], result.total) == (["model"], 1)


def test_a_page_of_hits_follows_another() -> None:
    for number in range(5):
        requirement(f"Lion {number}")
    first, second = found("lion", size=3), found("lion", size=3, page=2)
    assert first.total == 5
    assert len(set(keys(first)) | set(keys(second))) == 5


def test_found_words_are_marked_and_everything_else_is_escaped() -> None:
    requirement("<b>Lion</b>", "roar <script>alert(1)</script> like a lion \u202e")
    one = found("lion").found[0]
    assert "&lt;b&gt;<mark>Lion</mark>" in one.title
    assert "<script" not in one.snippet and "<mark>lion</mark>" in one.snippet and "\u202e" not in one.snippet
    assert marked("a \ue000<b>\ue001") == "a <mark>&lt;b&gt;</mark>"


def case_of(purpose: str) -> Case:
    version = make_dataset_version(
        [{"key": f"{purpose}-7", "input": "The lion sleeps tonight", "target": "x"}], purpose=purpose
    )
    return version.entries.get().case


def test_cases_are_found_by_their_input_and_key() -> None:
    case_of("dev")
    assert keys(found("lion tonight")) == keys(found("DEV-7")) == ["dev-7"]
    assert "<mark>lion</mark>" in found("lion").found[0].snippet


def test_test_cases_are_found_by_key_alone_without_the_permission() -> None:
    case_of("test")
    assert found("lion").counts == {}
    one = found("test-7").found[0]
    assert (one.key, one.snippet) == ("test-7", "")
    reader = make_user(Role.RESEARCHER, may_read_test=True)
    assert keys(found("lion", reader)) == ["test-7"]


def test_a_piece_of_a_test_case_that_was_shown_is_a_reading() -> None:
    case_of("test")
    signed_in(make_user(Role.RESEARCHER)).get("/search/?q=test-7")
    assert Exposure.objects.count() == 0
    signed_in(make_user(Role.RESEARCHER, may_read_test=True)).get("/search/?q=lion")
    assert Exposure.objects.get().samples == 1


def test_erased_content_is_found_no_more() -> None:
    case = case_of("dev")
    Blob.objects.filter(pk=case.content_id).update(purged_at="2026-01-01T00:00Z", data=b"")
    assert found("lion").counts == {}


def test_the_search_is_one_query_however_much_there_is(query_count: object) -> None:
    user = make_user(Role.PM)
    for number in range(12):
        requirement(f"Lion {number}")
        products = list(visible_products(user))
        if number in (0, 11):
            with query_count(1):  # type: ignore[operator]
                search(Asked("lion", user, products))


def test_the_subquery_finds_by_words_and_key() -> None:
    wanted, _ = requirement("Sentiment of reviews"), requirement("Other")
    assert list(matching_requirements("sentim")) == list(matching_requirements(wanted.key)) == [wanted]
    assert not matching_requirements("a").exists()


def test_the_indexes_are_used_among_many() -> None:
    product = make_product()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO capabilities_requirement (product_id, number, kind, priority, intent, lifecycle, lifecycle_reason, commitment,"
            " commitment_reason, target, tags, position, created_at, updated_at)"
            " SELECT %s, n, 'llm', 'must', 'foundation', 'draft', '', 'none', '', '', '{}', 0, now(), now()"
            " FROM generate_series(1000, 5000) n",
            [product.pk],
        )
        cursor.execute(
            "INSERT INTO capabilities_revision (requirement_id, number, title, while_part, when_part, where_part, if_part, shall,"
            " rationale, out_of_scope, examples, change_kind, note, status, fingerprint, self_agreed, loosened_after_miss, edit_count,"
            " created_at) SELECT id, 1, 'Ability ' || md5(id::text), '', '', '', '', repeat(md5(number::text) || ' ', 9), '', '', '[]', '',"
            " '', 'draft', '',"
            " false, false, 0, now() FROM capabilities_requirement WHERE number >= 1000"
        )
        cursor.execute(
            "SELECT gin_clean_pending_list('revision_searched'), gin_clean_pending_list('revision_spelled')"
        )
        cursor.execute("ANALYZE capabilities_product, capabilities_requirement, capabilities_revision")
        plan = matching_requirements("ability lionheart").explain()
    assert "revision_searched" in plan and "revision_spelled" in plan


def test_strangers_see_no_product() -> None:
    assert not visible_products(AnonymousUser()).exists()


def test_the_page_says_what_it_searches_and_counts_kinds() -> None:
    requirement("Lion roars")
    client = signed_in(make_user(Role.VIEWER))
    assert "What are you looking for?" in client.get("/search/").text
    assert "Too short to look for" in client.get("/search/?q=a").text
    assert "Nothing found" in client.get("/search/?q=zzzz").text
    page = client.get("/search/?q=lion").text
    assert "<mark>Lion</mark> roars" in page and "<b>1</b>requirements" in page


def test_the_palette_gets_names_and_addresses() -> None:
    wanted = requirement("Lion roars")
    reply = signed_in(make_user(Role.VIEWER)).get("/search.json?q=lion").json()
    assert reply["results"] == [
        {"kind": "Requirements", "label": f"{wanted.key} Lion roars", "url": f"/requirements/{wanted.key}/"}
    ]
    assert Dataset.objects.count() == 0
