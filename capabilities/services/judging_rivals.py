"""Who a version is set against: rivals, simple alternatives, the previous and the released version. No query."""

from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.models import Criterion, VerdictLine, Verification
from capabilities.queries.evidence import Line, Others, Runs
from evaluations.models import ModelVersion, Run, Side

Kind = VerdictLine.Kind
Against = Criterion.Against
DECIDING = {
    Against.COMPETITORS: Kind.RIVAL,
    Against.SIMPLE: Kind.SIMPLE,
    Against.PREVIOUS: Kind.PREVIOUS,
    Against.RELEASED: Kind.RELEASED,
}


@dataclass(frozen=True)
class Opponent:
    """The other side of one comparison. run: None when there is nothing to compare with; note says why, or what is newer."""

    kind: Kind
    label: str
    version: ModelVersion | None
    run: Run | None
    note: str = ""


def opponents_of(
    verification: Verification, version: ModelVersion, line: Line, others: Others, runs: Runs
) -> list[Opponent]:
    """Everybody a verdict has a line for: those that decide it, and rivals and earlier versions beside it."""
    criterion = verification.criterion
    found = [_rival(model, Kind.RIVAL, others, runs) for model in _of_its_kind(verification, line, others)]
    if criterion.against == Against.SIMPLE:
        found += _simple(others, runs) or [_absent_simple()]
    found += _earlier(verification, version, others, runs)
    deciding = DECIDING.get(Against(criterion.against))
    return [one for one in found if one.run is not None or one.kind == deciding or _is_earlier(one)]


def _of_its_kind(verification: Verification, line: Line, others: Others) -> list[int]:
    """The agreed rivals of the kind the requirement is about; all of them when none is of that kind."""
    agreed = list(line.rival_models(verification))
    kind = verification.criterion.revision.requirement.kind
    same = [
        model
        for model in agreed
        if any(version.model.kind == kind for version in others.active.get(model, ()))
    ]
    return same or agreed


def _is_earlier(one: Opponent) -> bool:
    return one.kind in (Kind.PREVIOUS, Kind.RELEASED) and one.version is not None


def _rival(model_id: int, kind: Kind, others: Others, runs: Runs) -> Opponent:
    """The newest active version that ran this evaluation; a newer one without a run is named in the note."""
    active = others.active.get(model_id, ())
    ran = next((version for version in active if version.pk in runs.latest), None)
    if ran is None:
        name = others.names.get(model_id, "")
        why = (
            f"{name} has not run this evaluation." if active else f"{name} has no version that still answers."
        )
        return Opponent(kind, name, active[0] if active else None, None, why)
    newer = active[0]
    note = "" if newer.pk == ran.pk else f"Version {newer.name} is newer and has not run this evaluation."
    return Opponent(kind, ran.model.name, ran, runs.latest[ran.pk], note)


def _simple(others: Others, runs: Runs) -> list[Opponent]:
    models = [model for model, active in others.active.items() if active[0].model.side == Side.SIMPLE]
    found = [_rival(model, Kind.SIMPLE, others, runs) for model in sorted(models)]
    return [one for one in found if one.run is not None]


def _absent_simple() -> Opponent:
    return Opponent(
        Kind.SIMPLE, "the simple alternative", None, None, "No simple alternative has run this evaluation."
    )


def _earlier(verification: Verification, version: ModelVersion, others: Others, runs: Runs) -> list[Opponent]:
    released = verification.criterion.revision.requirement.product.released_version
    previous = others.previous(version)
    return [
        _reference(Kind.PREVIOUS, previous, "There is no earlier version.", runs),
        _reference(Kind.RELEASED, *_other_than(released, version), runs),
    ]


def _other_than(released: ModelVersion | None, version: ModelVersion) -> tuple[ModelVersion | None, str]:
    if released is not None and released.pk == version.pk:
        return None, "This is the released version itself."
    if released is not None and released.model.kind != version.model.kind:
        return None, "The released version is of another kind of model."
    return released, "No version is released yet."


def _reference(kind: Kind, version: ModelVersion | None, absent: str, runs: Runs) -> Opponent:
    if version is None:
        return Opponent(kind, kind.label.lower(), None, None, absent)
    run = runs.latest.get(version.pk)
    name = f"{version.model.name} {version.name}"
    return Opponent(kind, name, version, run, "" if run else f"{name} has not run this evaluation.")


def deciding(criterion: Criterion, opponents: Sequence[Opponent]) -> list[Opponent]:
    """Those the outcome depends on; none for a criterion with a target of its own."""
    kind = DECIDING.get(Against(criterion.against))
    if criterion.statistic == Criterion.Statistic.PASS_ALL:
        return []
    return [one for one in opponents if one.kind == kind]
