"""Comments are found by the words that stand there now, by those who may see the product."""

import pytest
from django.db import connection

from capabilities.models import Comment
from capabilities.queries.comments import shown_text
from capabilities.queries.products import visible_products
from capabilities.queries.search import Asked, Found, Result, search
from capabilities.queries.search_sources.comments import WORDS
from capabilities.services.comments import edit_comment, resolve_comment, withdraw_comment
from config.people.models import Role, User
from config.people.services.users import pseudonymise_user
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_comment, make_membership, make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def found(text: str, user: User | None = None, **asked: object) -> Result:
    user = user or make_user(Role.VIEWER)
    return search(Asked(text, user, list(visible_products(user)), **asked))  # type: ignore[arg-type]


def one(text: str) -> Found:
    [hit] = found(text).found
    return hit


def test_a_comment_is_found_by_its_words_and_opens_where_it_stands() -> None:
    said = make_comment(text="Have giraffes been asked?", kind="question")
    hit = one("giraffe")
    key = said.requirement.key
    assert (hit.kind, hit.key, hit.note) == ("comment", key, "question")
    assert "<mark>giraffes</mark>" in hit.snippet
    assert hit.url == f"/requirements/{key}/?comments=all#comment-{said.pk}"
    assert f'id="comment-{said.pk}"' in signed_in().get(hit.url.split("#")[0]).content.decode()


def test_replies_and_last_words_are_found() -> None:
    said = make_comment(text="Who decides?", kind="question")
    reply = make_comment(parent=said, text="The giraffe does.")
    resolve_comment(actor=make_user(), said=said, closing="Settled by the elephant.")
    assert (one("giraffe").note, one("giraffe").detail["id"]) == ("reply", reply.pk)
    assert one("elephant").detail["id"] == said.pk


def test_withdrawn_and_edited_away_words_are_not_found() -> None:
    gone, kept = make_comment(text="A giraffe"), make_comment(text="An elephant")
    withdraw_comment(actor=gone.author, said=gone)
    edit_comment(actor=kept.author, said=kept, text="A lion")
    assert found("giraffe").counts == found("elephant").counts == {}
    assert found("lion").counts == {"comment": 1}


def test_last_words_of_what_was_withdrawn_are_not_found() -> None:
    said = make_comment(text="Who decides?", kind="question")
    resolve_comment(actor=make_user(), said=said, closing="Settled by the elephant.")
    withdraw_comment(actor=said.author, said=said)
    assert found("elephant").counts == {}


def test_comments_of_a_hidden_product_are_neither_found_nor_counted() -> None:
    secret = make_product(restricted=True)
    member = make_membership(secret).user
    make_comment(make_requirement(secret), "A giraffe", author=member)
    page = signed_in().get("/search/?q=giraffe").content.decode()
    assert "Nothing found" in page and secret.name not in page
    assert signed_in().get("/search.json?q=giraffe").json()["results"] == []
    assert found("giraffe", mine=True).counts == {}
    assert found("giraffe", member).counts == {"comment": 1}


def test_somebody_who_lost_sight_of_a_product_does_not_find_what_they_said_there() -> None:
    secret = make_product(restricted=True)
    membership = make_membership(secret)
    make_comment(make_requirement(secret), "A giraffe", author=membership.user)
    membership.delete()
    assert found("giraffe", membership.user, mine=True).counts == {}


def test_only_mine_are_those_i_wrote() -> None:
    me = make_user(Role.VIEWER)
    make_comment(text="A giraffe")
    mine = make_comment(text="My giraffe", author=me)
    assert [hit.detail["id"] for hit in found("giraffe", me, mine=True).found] == [mine.pk]


def test_people_named_are_shown_by_the_name_they_have_now() -> None:
    ada, bea = make_user(username="ada"), make_user(username="bea.b")
    said = make_comment(text="@ada: mail giraffe@zoo.example, or ask @bea.b and @nobody @{99}.")
    body = one("giraffe").detail["body"]
    assert body == shown_text(Comment.objects.get(pk=said.pk)) == said_by("ada", "bea.b")
    pseudonymise_user(user=ada, actor=make_user("admin"))
    pseudonymise_user(user=bea, actor=make_user("admin"))
    hit = one("giraffe")
    assert hit.detail["body"] == said_by(f"erased-{ada.pk}", f"erased-{bea.pk}")
    assert "@ada" not in hit.snippet and "bea.b" not in hit.snippet


def said_by(first: str, second: str) -> str:
    return f"@{first}: mail giraffe@zoo.example, or ask @{second} and @nobody @{{99}}."


def test_the_number_of_who_is_named_is_no_word() -> None:
    ada = make_user(username="ada")
    Comment.objects.filter(pk=make_comment(text="Ask @ada").pk).update(text=f"Ask @{{{ada.pk + 100_000}}}")
    assert found(str(ada.pk + 100_000)).counts == {}


def test_what_was_written_is_escaped() -> None:
    make_comment(text="<script>alert(1)</script> Elephants & giraffes < zebras \u202e")
    snippet = one("giraffe").snippet
    assert "<script" not in snippet and "\u202e" not in snippet
    assert "Elephants &amp; <mark>giraffes</mark> &lt; zebras" in snippet


def test_the_page_counts_comments_as_a_kind_and_the_palette_names_their_requirement() -> None:
    said = make_comment(make_requirement(revision={"title": "Answers at once"}), "A giraffe")
    page = signed_in().get("/search/?q=giraffe&kind=comment").content.decode()
    assert "<b>1</b>comments" in page and "Answers at once" in page
    assert signed_in().get("/search.json?q=giraffe").json()["results"] == [
        {
            "kind": "Comments",
            "label": f"{said.requirement.key} Answers at once",
            "url": f"/requirements/{said.requirement.key}/?comments=all#comment-{said.pk}",
        }
    ]


def test_the_search_is_one_query_however_much_was_said(query_count: object) -> None:
    user, requirement = make_user(Role.VIEWER), make_requirement()
    for number in range(12):
        make_comment(requirement, f"Giraffe {number} for @{user.username}")
        products = list(visible_products(user))
        if number in (0, 11):
            with query_count(1):  # type: ignore[operator]
                assert search(Asked("giraffe", user, products)).total == number + 1


def test_the_index_is_used_among_many() -> None:
    said = make_comment()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO capabilities_comment (requirement_id, kind, asked, text, author_id, criterion_key, is_answer, created_at, closing)"
            " SELECT %s, 'comment', '', 'Words ' || md5(n::text), %s, '', false, now(), '' FROM generate_series(1, 5000) n",
            [said.requirement_id, said.author_id],
        )
        cursor.execute("SELECT gin_clean_pending_list('comment_searched')")
        cursor.execute("ANALYZE capabilities_comment")
        cursor.execute(
            f"EXPLAIN SELECT id FROM capabilities_comment c WHERE {WORDS} @@ to_tsquery('simple', 'giraffe')"
        )
        plan = str(cursor.fetchall())
    assert "comment_searched" in plan
