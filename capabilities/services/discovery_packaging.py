"""A discovery becomes an ability: capability, draft requirement, prompt and evaluation in one step, on cases nobody had looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.text import slugify

from capabilities.models import Capability, Discovery, DiscoveryEvidence
from capabilities.queries.discoveries import seen_in
from capabilities.services.capabilities import create_capability
from capabilities.services.discoveries import State, add_evidence, check_move, locked, move, tell
from capabilities.services.discovery_tries import run_ids
from capabilities.services.measure import Measured, Measurement, NewCases, Wish, measure_this
from capabilities.services.requirements import set_fields
from config.errors import Refused
from config.people.models import User
from evaluations.canonical import sha256_of
from evaluations.importers import CaseRow
from evaluations.models import Cap, Case, Dataset, DatasetVersionCase, ModelVersion, ScorerVersion
from evaluations.statistics import smallest_deciding_n

Kind = DiscoveryEvidence.Kind


@dataclass(frozen=True)
class Package:
    """threshold: a share. capability: one that is there, or the name of a new one. rows: cases that were not used to find it."""

    title: str
    shall: str
    rationale: str
    threshold: float
    rows: Sequence[CaseRow]
    check: ScorerVersion
    model_versions: Sequence[ModelVersion]
    capability: Capability | None = None
    capability_name: str = ""
    may_leave: bool = False
    cap: Decimal | None = None
    cap_unit: str = Cap.MONEY


@transaction.atomic
def package(*, actor: User, discovery: Discovery, wanted: Package) -> Discovery:
    """All of it or nothing, linked both ways, and it runs. Raises Refused for cases it was found with and for too few new ones."""
    discovery = locked(discovery)
    check_move(discovery, State.PACKAGED)
    _refuse_cases(discovery, wanted)
    made = measure_this(actor=actor, plan=_plan(discovery, wanted))
    requirement = made.requirement
    if requirement is None:
        raise Refused("Say what the model shall do.", code="shall")
    if (ability := _capability(actor, discovery, wanted)) is not None:
        requirement = set_fields(actor=actor, requirement=requirement, capability=ability)
    before = {"state": discovery.state}
    discovery.requirement, discovery.evaluation_version = requirement, made.evaluation_version
    move(discovery, State.PACKAGED)
    _keep(actor, discovery, made)
    after = {"state": discovery.state, "requirement": requirement.key, "round": made.round.pk}
    tell(actor, discovery, "discovery.packaged", before=before, after=after)
    return discovery


def _keep(actor: User, discovery: Discovery, made: Measured) -> None:
    add_evidence(
        actor,
        discovery,
        Kind.PACKAGED,
        round=made.round,
        runs=run_ids(made.round),
        evaluation_version=made.evaluation_version,
    )


def _plan(discovery: Discovery, wanted: Package) -> Measurement:
    seen = seen_in(discovery)
    return Measurement(
        name=f"{discovery.key} {wanted.title}"[:100],
        cases=NewCases(wanted.rows, Dataset.Purpose.TEST, wanted.may_leave),
        prompt=seen.run.prompt_version if seen else None,
        check=wanted.check,
        # Asked otherwise than it was found, a model may show something else.
        parameters=seen.run.evaluation_version.parameters if seen else {},
        model_versions=wanted.model_versions,
        cap=wanted.cap,
        cap_unit=wanted.cap_unit,
        product=discovery.product,
        wish=Wish(wanted.title, wanted.shall, wanted.rationale, wanted.threshold),
    )


def _refuse_cases(discovery: Discovery, wanted: Package) -> None:
    """New cases only, and enough of them that the target can be proven at all."""
    known = known_inputs(discovery)
    inputs = {sha256_of(row.input) for row in wanted.rows}
    same, fresh = len(inputs & known), len(inputs - known)
    needed = smallest_deciding_n(wanted.threshold)
    share = f"{wanted.threshold * 100:g} %"
    if needed is None:
        raise Refused(
            f"No number of cases proves {share}: choose a target below 100 %.",
            code="threshold",
            fields={"threshold": "Below 100 %."},
        )
    if same:
        raise Refused(
            f"{same} of these inputs were used to find it, so they prove nothing: take them out. "
            f"It takes {needed} new ones to prove {share}; there are {fresh}.",
            code="same_cases",
            fields={
                "cases": f"{same} of them were used to find it. {needed} new ones are needed, {fresh} are here."
            },
        )
    if fresh < needed:
        raise Refused(
            f"It takes {needed} new cases to prove {share}, even if every answer is right; there are {fresh}.",
            code="too_few_cases",
            fields={"cases": f"{needed} new cases are needed to prove {share}; there are {fresh}."},
        )


def known_inputs(discovery: Discovery) -> set[str]:
    """Digests of every input it was found, tried or measured with. Two queries."""
    history = list(discovery.evidence.select_related("response__case__content", "evaluation_version"))
    versions = {
        one.evaluation_version.dataset_version_id
        for one in history
        if one.evaluation_version is not None and one.kind != Kind.SPOTTED
    }
    entries = DatasetVersionCase.objects.filter(version__in=versions).select_related("case__content")
    cases: list[Case] = [entry.case for entry in entries]
    cases += [one.response.case for one in history if one.response is not None]
    return {sha256_of(case.input) for case in cases if case.body}


def _capability(actor: User, discovery: Discovery, wanted: Package) -> Capability | None:
    name = wanted.capability_name.strip()
    if wanted.capability is not None or not name:
        return wanted.capability
    slug = slugify(name)[:50] or f"discovery-{discovery.number}"
    there = Capability.objects.filter(product=discovery.product, slug=slug).first()
    return there or create_capability(actor=actor, product=discovery.product, name=name, slug=slug)
