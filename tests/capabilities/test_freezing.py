"""What verdicts rest on never changes, whatever door is tried: save(), update(), plain SQL, deleting, or slipping in a child."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from capabilities.models import (
    BaselineItem,
    Criterion,
    Revision,
    RivalSetModel,
    VerdictLine,
)
from capabilities.services.gate import record_gate
from capabilities.services.judging import judge_run
from config.people.services.audit import record
from evaluations.models import (
    Blob,
    Case,
    DatasetVersionCase,
    EvaluationScorer,
    Response,
    Score,
)
from evaluations.services.blobs import store_blob
from evaluations.services.exposures import record_exposure
from tests.factories.capabilities import (
    make_baseline,
    make_criterion,
    make_evidence,
    make_requirement,
    make_rival_set,
    make_verdict,
)
from tests.factories.evaluations import (
    make_cases,
    make_claimed_score,
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_prompt_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

Row = models.Model


def approved_revision() -> Revision:
    return make_requirement(approved=True, criteria=[{}]).revisions.get()


def approved_criterion() -> Row:
    return make_criterion(approved=True)


def rival() -> Row:
    return make_rival_set().entries.get()


def closed_baseline() -> Row:
    return make_baseline(closed=True)


def baseline_item() -> Row:
    return make_baseline(closed=True).items.get()


def verdict_line() -> Row:
    cases = [{"key": f"c{i}", "slices": {"half": str(i % 2)}} for i in range(40)]
    verification = make_evidence(cases)
    (verdict,) = judge_run(make_finished_run([1.0] * 40, verification.evaluation_version))
    return verdict.lines.all()[0]


def gate_decision() -> Row:
    return record_gate(actor=None, baseline=make_baseline(), model_version=make_model_version())


def entry() -> Row:
    return make_dataset_version(2).entries.all()[0]


def case() -> Row:
    return make_dataset_version(2).entries.all()[0].case


def evaluation_scorer() -> Row:
    return make_evaluation_version().evaluation_scorers.get()


def response() -> Row:
    return make_finished_run([1.0]).responses.get()


def score() -> Row:
    return Score.objects.get(response=make_finished_run([1.0]).responses.get())


def blob() -> Row:
    return store_blob(data=b"content")


def audit_entry() -> Row:
    return record(actor=make_user(), verb="a.thing", noun="thing", label="before")


def exposure() -> Row:
    run = make_finished_run([1.0])
    dataset_version = run.evaluation_version.dataset_version
    record_exposure(user=make_user(), dataset_version=dataset_version, run=run, samples=1, via="page")
    return run.exposures.get()


FROZEN: list[tuple[Callable[[], Row], dict[str, Any]]] = [
    (approved_revision, {"shall": "do less"}),
    (approved_criterion, {"threshold": 0.1}),
    (make_rival_set, {"note": "others"}),
    (rival, {"model": make_model}),
    (closed_baseline, {"name": "Autumn"}),
    (baseline_item, {"revision": approved_revision}),
    (make_verdict, {"outcome": "not_met"}),
    (verdict_line, {"point": 0.5}),
    (gate_decision, {"decision": "pass"}),
    (make_dataset_version, {"hash": "0" * 64}),
    (entry, {"position": 9}),
    (make_prompt_version, {"messages": []}),
    (make_scorer_version, {"pass_mark": 0.1}),
    (make_evaluation_version, {"repeats": 9}),
    (evaluation_scorer, {"position": 9}),
    (make_model_version, {"api_id": "another"}),
    (response, {"latency_ms": 1.0}),
    (score, {"numerator": 0.0}),
    (blob, {"data": b"other"}),
    (audit_entry, {"label": "after"}),
    (exposure, {"samples": 0}),
    (make_claimed_score, {"value": 0.5}),
]
NAMES = [
    "revision", "criterion", "rival set", "rival", "baseline", "baseline item", "verdict", "verdict line", "gate decision",
    "dataset version", "entry", "prompt version", "scorer version", "evaluation version", "evaluation scorer", "model version",
    "response", "score", "blob", "audit entry", "exposure", "claimed score",
]  # fmt: skip
DOORS = ["save", "update", "sql"]


def refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="frozen|written together"), transaction.atomic():
        attempt()


def column(row: Row, name: str, value: Any) -> tuple[str, Any]:
    """A field's column and what SQL writes into it."""
    field = row._meta.get_field(name)
    assert isinstance(field, models.Field)
    plain = value.pk if isinstance(value, models.Model) else value
    return str(field.column), field.get_db_prep_save(plain, connection)


def execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("make", "change"), FROZEN, ids=NAMES)
def test_no_door_changes_it(make: Callable[[], Row], change: dict[str, Any], door: str) -> None:
    row = make()
    ((name, wanted),) = change.items()
    value = wanted() if callable(wanted) else wanted
    before = type(row)._default_manager.values().get(pk=row.pk)
    name_in_table, plain = column(row, name, value)

    setattr(row, name, value)
    attempts: dict[str, Callable[[], object]] = {
        "save": row.save,
        "update": lambda: type(row)._default_manager.filter(pk=row.pk).update(**{name: value}),
        "sql": lambda: execute(
            f"UPDATE {row._meta.db_table} SET {name_in_table} = %s WHERE id = %s", [plain, row.pk]
        ),
    }
    refused(attempts[door])

    assert type(row)._default_manager.values().get(pk=row.pk) == before


@pytest.mark.parametrize(("make", "change"), FROZEN, ids=NAMES)
def test_it_cannot_be_deleted(make: Callable[[], Row], change: dict[str, Any]) -> None:
    row = make()

    refused(lambda: execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk]))

    assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_a_frozen_case_cannot_change_and_goes_only_when_nothing_holds_it() -> None:
    held = case()
    (free,) = make_cases(make_dataset_version(1).dataset, ["free"])

    refused(lambda: Case.objects.filter(pk=held.pk).update(hash="0" * 64))
    with pytest.raises(DatabaseError), transaction.atomic():
        execute("DELETE FROM evaluations_case WHERE id = %s", [held.pk])
        execute("SET CONSTRAINTS ALL IMMEDIATE", [])
    free.delete()

    assert Case.objects.filter(pk=held.pk).exists()


def criterion_of_approved() -> Row:
    return Criterion(revision=approved_revision(), key="AC-9", not_measurable_reason="later")


def rival_of_frozen() -> Row:
    return RivalSetModel(rival_set=make_rival_set(), model=make_model(side="competitor"))


def item_of_closed() -> Row:
    requirement = make_requirement(approved=True)
    return BaselineItem(
        baseline=make_baseline(closed=True), requirement=requirement, revision=requirement.revisions.get()
    )


def case_of_frozen() -> Row:
    version = make_dataset_version(2)
    (extra,) = make_cases(version.dataset, ["extra"])
    return DatasetVersionCase(version=version, case=extra, key="extra", position=9)


def scorer_of_frozen() -> Row:
    scorer = make_scorer_version()
    return EvaluationScorer(evaluation_version=make_evaluation_version(), scorer_version=scorer, slug="more")


@pytest.mark.parametrize(
    "child", [criterion_of_approved, rival_of_frozen, item_of_closed, case_of_frozen, scorer_of_frozen]
)
def test_no_child_slips_in_under_a_frozen_parent(child: Callable[[], Row]) -> None:
    refused(child().save)


def test_no_child_moves_under_a_frozen_parent() -> None:
    criterion = make_criterion()

    refused(lambda: Criterion.objects.filter(pk=criterion.pk).update(revision=approved_revision()))


@pytest.mark.django_db(transaction=True)
def test_a_line_is_written_together_with_its_verdict_or_never() -> None:
    with transaction.atomic():
        verdict = make_verdict()
        with transaction.atomic():
            VerdictLine.objects.create(verdict=verdict, kind="slice", label="lang=de", outcome="met")

    refused(lambda: VerdictLine.objects.create(verdict=verdict, kind="rival", label="X", outcome="met"))

    assert verdict.lines.count() == 1


def test_what_may_change_still_does() -> None:
    revision, version = approved_revision(), make_model_version()
    dataset_version = make_dataset_version()

    Revision.objects.filter(pk=revision.pk).update(status="superseded", superseded_at=timezone.now())
    type(version).objects.filter(pk=version.pk).update(stage="retired")
    type(dataset_version).objects.filter(pk=dataset_version.pk).update(
        retired_at=timezone.now(), retired_reason="Leaked."
    )

    revision.refresh_from_db()
    version.refresh_from_db()
    assert (revision.status, version.stage) == ("superseded", "retired")


def test_a_superseded_revision_is_not_approved_again() -> None:
    revision = approved_revision()
    Revision.objects.filter(pk=revision.pk).update(status="superseded", superseded_at=timezone.now())

    refused(lambda: Revision.objects.filter(pk=revision.pk).update(status="approved"))


def test_an_erased_blob_keeps_its_hash_and_never_comes_back() -> None:
    blob = store_blob(data=b"somebody's words")
    rows = Blob.objects.filter(pk=blob.pk)

    refused(lambda: rows.update(data=b"", sha256="0" * 64, purged_at=timezone.now()))
    rows.update(data=b"", purged_at=timezone.now())
    refused(lambda: rows.update(data=b"somebody's words", purged_at=None))

    assert rows.get().sha256 == blob.sha256


def test_a_draft_is_still_open() -> None:
    criterion = make_criterion()
    draft = make_dataset_version(2, frozen=False)

    Criterion.objects.filter(pk=criterion.pk).update(threshold=0.5)
    draft.entries.all()[0].delete()

    assert Response.objects.count() == 0
    assert (Criterion.objects.get(pk=criterion.pk).threshold, draft.entries.count()) == (0.5, 1)
