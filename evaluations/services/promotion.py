"""A sample that taught something becomes a case of a development dataset."""

from django.db import transaction

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.importers.cases import CaseRow
from evaluations.models import Case, Dataset, DatasetVersionCase, Run
from evaluations.services.datasets import add_cases, open_draft

ORIGIN = "promoted_from"


@transaction.atomic
def promote_sample(
    *, actor: User | None, run: Run, case_key: str, dataset: Dataset, key: str = ""
) -> DatasetVersionCase:
    """Copy a case of a run into the draft of a development dataset, as it is, with where it came from in its metadata.

    key: its name there, by default the one it has. Raises Refused for test cases on either side, for cases that may not leave, erased
    content and what is there already.
    """
    source = run.evaluation_version.dataset_version
    _check_sides(source.dataset, dataset)
    entry = source.entries.select_related("case__content").filter(key=case_key).first()
    if entry is None:
        raise Refused(f"Run {run.pk} has no case “{case_key}”.", code="no_case")
    wanted = key or case_key
    draft = open_draft(actor=actor, dataset=dataset)
    if draft.entries.filter(key=wanted).exists():
        raise Refused(f"{dataset.name} has a case “{wanted}” already: give it another key.", code="key")
    add_cases(actor=actor, version=draft, cases=[_row(entry.case, run, wanted)])
    record(
        actor=actor,
        verb="case.promoted",
        noun="dataset",
        object_id=dataset.pk,
        label=dataset.slug,
        after={"case": wanted, "run": run.pk, "of": case_key},
    )
    return draft.entries.select_related("case", "version").get(key=wanted)


def _check_sides(source: Dataset, target: Dataset) -> None:
    if source.purpose == Dataset.Purpose.TEST:
        raise Refused(
            "This is a test case. Copied into development cases it would be tuned for, and the test would prove nothing. "
            "Write a new case like it, or take a sample of a development run.",
            code="test_cases",
        )
    if target.purpose != Dataset.Purpose.DEV:
        raise Refused(
            f"{target.name} holds test cases. A sample that was looked at can only become a development case: choose such a dataset.",
            code="test_cases",
        )
    if target.may_leave and not source.may_leave:
        raise Refused(
            f"Cases of {source.name} may not leave to a competitor's API, and those of {target.name} may. "
            "Choose a dataset that stays here.",
            code="may_leave",
        )


def _row(case: Case, run: Run, key: str) -> CaseRow:
    if not case.body:
        raise Refused("The content of this case was erased.", code="erased")
    origin = f"run {run.pk}, case {case.key} of {run.evaluation_version.dataset_version}"
    return CaseRow(
        line=1,
        key=key,
        input=case.input,
        target=case.target,
        slices=case.slices,
        cluster=case.cluster,
        metadata={**case.metadata, ORIGIN: origin},
        attachments=tuple(case.attachments),
    )
