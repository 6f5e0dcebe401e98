"""One requirement as the API shows it: its state for a version, the revision being written, readings of its test cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from django.db.models import Sum

from capabilities.models import Criterion, Requirement, Revision
from capabilities.queries.products import JudgedVersions
from capabilities.queries.states import RequirementState, requirement_states
from evaluations.models import Exposure

OPEN = (Revision.Status.DRAFT, Revision.Status.IN_REVIEW)


@dataclass(frozen=True)
class RequirementDetail(RequirementState):
    """opened: the revision in draft or review. exposures: samples read, by dataset version id."""

    opened: Revision | None = None
    edit_count: int = 0
    exposures: Mapping[int, int] | None = None


def requirement_detail(requirement: Requirement, versions: JudgedVersions) -> RequirementDetail:
    """The state of one requirement (product, capability, objective and owner loaded). At most eleven queries."""
    [state] = requirement_states([requirement], versions)
    opened = next((one for one in (state.draft, state.revision) if one and one.status in OPEN), None)
    known = {field.name: getattr(state, field.name) for field in fields(RequirementState)}
    return RequirementDetail(
        **known,
        opened=opened,
        edit_count=(opened or state.revision).edit_count,
        exposures=exposures_of(state),
    )


def exposures_of(state: RequirementState) -> dict[int, int]:
    """How many test samples people were shown, by dataset version id. One query."""
    versions = {
        one.verification.evaluation_version.dataset_version_id for one in state.criteria if one.verification
    }
    rows = Exposure.objects.filter(dataset_version__in=versions).order_by().values_list("dataset_version")
    return dict(rows.annotate(read=Sum("samples")))


def criterion_of(revisions: Sequence[Revision], key: str) -> Criterion | None:
    """The criterion of this key in the first of the revisions that has it. One query each."""
    for revision in revisions:
        found = revision.criteria.select_related("scorer", "revision__requirement__product").filter(key=key)
        if criterion := found.first():
            return criterion
    return None
