"""What a round changed: on its page, as Markdown, over the API and in the notice."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Happening, Outcome, VerdictLine, Verification
from capabilities.queries.round_summaries import round_summary
from capabilities.services.judging import judge_run
from capabilities.services.telling import tell_due
from config.people.models import Notice, Role
from config.people.services.watches import set_watch
from evaluations.models import ModelEvent, ModelVersion, Round, Run
from evaluations.services.rounds import preview_round, start_round
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_evidence, make_membership, make_product, make_verdict
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_round,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

BEFORE, AFTER = [1.0] * 20 + [0.0] * 20, [1.0] * 40


def make_ended(**fields: Any) -> Round:
    return make_round(finished_at=timezone.now(), **fields)


def make_moved(found: Round, before: list[float] = BEFORE, after: list[float] = AFTER) -> Run:
    """A run of the round, and one of the version before it on the same cases that scored otherwise."""
    model = make_model()
    evaluation = make_evaluation_version(make_dataset_version(len(before)))
    make_finished_run(before, evaluation, make_model_version(model))
    return make_finished_run(after, evaluation, make_model_version(model), round=found)


def make_flip(
    found: Round, before: str, after: str, link: Verification | None = None, **fields: Any
) -> Verification:
    """A verdict of the round after another one of the same version."""
    link = link or make_evidence()
    cases = link.evaluation_version.dataset_version.case_count
    version: ModelVersion = make_model_version(floating=True)
    first = make_finished_run([1.0] * cases, link.evaluation_version, version)
    make_verdict(link, first, before, pending_confirmation=fields.pop("waited", False))
    run = make_finished_run([1.0] * cases, link.evaluation_version, version, round=found)
    make_verdict(link, run, after, **fields)
    return link


def summary_of(found: Round) -> Any:
    return round_summary(make_user(Role.VIEWER), found)


def test_what_a_round_was_expected_to_take_is_kept_when_it_starts() -> None:
    evaluation, version = make_evaluation_version(), make_model_version()
    told = preview_round(evaluation_versions=[evaluation], model_versions=[version])
    started = start_round(actor=None, name="R", evaluation_versions=[evaluation], model_versions=[version])
    started.refresh_from_db()
    assert started.preview["calls"] == told.calls == 3
    assert (started.preview["cost_low"], started.preview["cost_high"]) == ("0", "0")


def test_who_gained_and_who_lost_is_told_with_the_difference_and_its_range() -> None:
    found = make_ended()
    gained, lost = make_moved(found), make_moved(found, AFTER, BEFORE)
    moves = {move.run.pk: move for move in summary_of(found).facts.moves}
    assert (moves[gained.pk].outcome, moves[lost.pk].outcome) == ("gained", "lost")
    result = moves[gained.pk].comparison.result
    assert result.point == 0.5 and result.interval is not None and result.interval.low > 0


def test_a_difference_that_chance_explains_is_not_distinguishable() -> None:
    found = make_ended()
    make_moved(found, [1.0] * 20 + [0.0] * 20, [1.0] * 21 + [0.0] * 19)
    [move] = summary_of(found).facts.moves
    assert move.outcome == "not distinguishable" and not move.supported


def test_what_stands_alone_need_not_stand_among_many() -> None:
    found = make_ended()
    edge = ([1.0] * 20 + [0.0] * 20, [1.0] * 26 + [0.0] * 14)
    make_moved(found, *edge)
    [alone] = summary_of(found).facts.moves
    for _ in range(11):
        make_moved(found, *edge)
    among = summary_of(found).facts.moves
    assert alone.outcome == "gained"
    assert {move.outcome for move in among} == {"not distinguishable"}


def test_a_floating_version_is_set_beside_its_own_last_run() -> None:
    found = make_ended()
    model = make_model()
    older, alias = make_model_version(model), make_model_version(model, floating=True)
    evaluation = make_evaluation_version()
    make_finished_run([1.0, 1.0, 1.0], evaluation, older)
    before = make_finished_run([1.0, 1.0, 0.0], evaluation, alias)
    make_finished_run([1.0, 0.0, 0.0], evaluation, alias, round=found)
    [move] = summary_of(found).facts.moves
    assert move.before == before


def test_a_first_measurement_is_named_as_one() -> None:
    found = make_ended()
    run = make_finished_run(round=found)
    assert list(summary_of(found).facts.first) == [run]


@pytest.mark.parametrize(
    ("before", "after", "fields", "kind"),
    [
        ("met", "not_met", {}, "lost"),
        ("not_met", "met", {}, "met"),
        ("met", "not_met", {"pending_confirmation": True}, "pending"),
        ("met", "not_met", {"waited": True}, "confirmed"),
        ("not_met", "inconclusive", {}, "other"),
    ],
)
def test_a_verdict_that_changed_is_told_by_what_became_of_it(
    before: str, after: str, fields: dict[str, Any], kind: str
) -> None:
    found = make_ended()
    link = make_flip(found, before, after, **fields)
    [flip] = summary_of(found).flips
    assert (flip.kind, flip.key) == (kind, link.criterion.revision.requirement.key)


def test_a_verdict_that_says_the_same_is_no_change() -> None:
    found = make_ended()
    make_flip(found, "met", "met")
    assert summary_of(found).flips == []
    assert summary_of(found).headline == "Nothing changed beyond doubt."


def test_a_round_that_is_not_finished_never_says_that_nothing_changed() -> None:
    assert summary_of(make_round()).headline == "Not finished yet: nothing is known to have changed so far."


def test_a_verdict_that_a_rivals_run_of_the_round_changed_is_told() -> None:
    found = make_ended()
    link = make_evidence()
    run = make_finished_run([1.0] * 3, link.evaluation_version)
    rival = make_finished_run(
        [1.0] * 3, link.evaluation_version, make_model_version(side="competitor"), round=found
    )
    make_verdict(link, run, Outcome.MET)
    with transaction.atomic():
        after = make_verdict(link, run, Outcome.NOT_MET)
        VerdictLine.objects.create(
            verdict=after,
            kind="rival",
            label="Them",
            outcome="not_met",
            model_version=rival.model_version,
            run=rival,
        )
    assert [flip.kind for flip in summary_of(found).flips] == ["lost"]


def test_verdicts_of_a_restricted_product_are_told_to_its_members_alone() -> None:
    found = make_ended()
    product = make_product(restricted=True)
    make_flip(found, "met", "not_met", make_evidence(product=product))
    member = make_membership(product).user
    assert len(round_summary(member, found).flips) == 1
    assert summary_of(found).flips == []


def test_what_was_skipped_what_failed_and_what_moved_under_us_is_said_in_words() -> None:
    found = make_ended(summary={"problems": ["Acme has no price."]})
    failed = make_finished_run(round=found, state="failed", failure="The provider does not know the model.")
    ModelEvent.objects.create(
        model_version=failed.model_version, kind="resolved", before="acme-1", after="acme-2", run=failed
    )
    page = signed_in(role=Role.VIEWER).get(f"/rounds/{found.pk}/summary/").content.decode()
    for words in ("Acme has no price.", "The provider does not know the model.", "acme-1 → acme-2"):
        assert words in page


def test_what_it_took_is_set_beside_what_was_expected() -> None:
    found = make_ended(
        preview={"calls": 3, "cost_low": "0.10", "cost_high": "0.20", "currency": "USD", "tokens": 9}
    )
    make_finished_run(round=found, cost=Decimal("0.5"), calls=4)
    page = signed_in(role=Role.VIEWER).get(f"/rounds/{found.pk}/summary/").content.decode()
    assert "4 calls, $0.50; expected were 3 calls, $0.10 to $0.20." in page
    assert "more than was expected" in page


def test_page_markdown_and_api_say_the_same() -> None:
    found = make_ended(name="Nightly | *all*")
    make_moved(found)
    link = make_flip(found, "met", "not_met")
    key = link.criterion.revision.requirement.key
    client = signed_in(role=Role.VIEWER)
    page = client.get(f"/rounds/{found.pk}/summary/").content.decode()
    text = client.get(f"/rounds/{found.pk}/summary/?format=markdown").content.decode()
    reply = Caller("read").get(f"/rounds/{found.pk}/summary/").json()
    assert "Criteria: 1 no longer met; 1 measurement gained." in page
    assert reply["summary"]["headline"] in text and reply["markdown"] == text
    assert key in page and key in text and reply["summary"]["verdicts"][0]["key"] == key
    assert text.startswith("# Nightly \\| \\*all\\*")


def test_an_empty_round_says_that_nothing_changed() -> None:
    page = signed_in(role=Role.VIEWER).get(f"/rounds/{make_ended().pk}/summary/").content.decode()
    for words in ("No verdict of a requirement", "Nothing was measured before", "Nothing: every sample"):
        assert words in page


def test_the_page_costs_the_same_however_many_runs(django_assert_max_num_queries: Any) -> None:
    found = make_ended()
    for _ in range(2):
        make_moved(found)
        make_flip(found, "met", "not_met")
    client = signed_in(role=Role.VIEWER)
    client.get(f"/rounds/{found.pk}/summary/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(f"/rounds/{found.pk}/summary/")
    for _ in range(3):
        make_moved(found)
        make_flip(found, "met", "not_met")
    with CaptureQueriesContext(connection) as many:
        client.get(f"/rounds/{found.pk}/summary/")
    assert len(many) == len(few)


def told(person: Any) -> list[str]:
    tell_due()
    return list(Notice.objects.filter(person=person).order_by("pk").values_list("text", flat=True))


def ends(found: Round) -> None:
    Happening.objects.all().delete()
    Round.objects.filter(pk=found.pk).update(finished_at=timezone.now(), summary={"runs": {"done": 1}})


def test_the_notice_waits_for_the_verdicts_and_counts_what_changed() -> None:
    person = make_user(Role.PM)
    found = make_round(created_by=person)
    link = make_flip(found, "met", "not_met")
    ends(found)
    assert told(person) == []
    judge_run(found.runs.get())
    make_verdict(link, found.runs.get(), "not_met")
    assert told(person) == ["is finished: 1 done; criteria: 1 no longer met"]
    assert Notice.objects.get(person=person).url == f"/rounds/{found.pk}/summary/"


def test_who_watches_the_product_it_is_counted_to_is_told_and_nothing_of_another_product() -> None:
    watcher = make_user(Role.PM)
    product, secret = make_product(), make_product(restricted=True)
    set_watch(person=watcher, noun="product", object_id=product.pk, product=product.key)
    found = make_round(charged_to=product.key)
    make_flip(found, "met", "not_met", make_evidence(product=secret))
    for run in found.runs.all():
        judge_run(run)
    ends(found)
    assert told(watcher) == ["is finished: 1 done"]
