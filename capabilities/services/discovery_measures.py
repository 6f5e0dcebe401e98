"""What is it, more closely? At least one continuous measure beside the all-or-nothing one, on the answers that are there."""

from collections.abc import Sequence

from django.db import transaction

from capabilities.models import Discovery, DiscoveryEvidence
from capabilities.queries.discoveries import history_of, newest
from capabilities.queries.discovery_measures import CONTINUOUS, measured
from capabilities.queries.discovery_rates import runs_by_id
from capabilities.services.discoveries import State, add_evidence, check_move, locked, move, tell
from capabilities.services.discovery_tries import TRIES, slug_of
from config.errors import Refused
from config.people.models import User
from evaluations.models import Run, ScorerVersion
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.rescoring import score_with
from evaluations.services.scorers import create_scorer_version

Kind = DiscoveryEvidence.Kind


def check_named(actor: User, name: str, known: dict[str, ScorerVersion]) -> ScorerVersion:
    """The check a form chose: one that is there, or a kind that needs no settings, made now."""
    if name in known:
        return known[name]
    return create_scorer_version(actor=actor, slug=name, kind=name, config={})


@transaction.atomic
def start_measures(
    *, actor: User, discovery: Discovery, scorer_versions: Sequence[ScorerVersion]
) -> DiscoveryEvidence:
    """Score the finished tries with these checks; nobody is called. Raises Refused without tries or without a continuous measure."""
    discovery = locked(discovery)
    if not any(scorer.value_kind in CONTINUOUS for scorer in scorer_versions):
        raise Refused(
            "Choose at least one continuous measure: right or wrong alone can make a steady change look like a leap.",
            code="no_continuous_measure",
            fields={"measures": "At least one of them must be continuous."},
        )
    tried = newest(history_of(discovery), *TRIES)
    if tried is None or tried.evaluation_version is None:
        raise Refused("Try it first: the measures are taken on those answers.", code="no_tries")
    runs = [
        run for run in runs_by_id(tried.runs).values() if run.state in (Run.State.DONE, Run.State.PARTIAL)
    ]
    if not runs:
        raise Refused("The tries are not over yet. Wait until at least one run is finished.", code="running")
    old = tried.evaluation_version
    judges = [tried.judge] if tried.judge else []
    new = create_evaluation_version(
        actor=actor,
        slug=f"{slug_of(discovery)}-measures",
        name=f"{discovery.key} measures",
        dataset_version=old.dataset_version,
        prompt_version=old.prompt_version,
        prompt_policy=old.prompt_policy,
        scorer_versions=list({one.scorer_id: one for one in [*judges, *scorer_versions]}.values()),
        parameters=old.parameters,
        repeats=old.repeats,
    )
    made = [score_with(actor=actor, run=run, evaluation_version=new) for run in runs]
    evidence = add_evidence(
        actor,
        discovery,
        Kind.MEASURED,
        runs=[run.pk for run in made],
        evaluation_version=new,
        judge=tried.judge,
    )
    tell(actor, discovery, "discovery.measured", after={"runs": evidence.runs})
    return evidence


@transaction.atomic
def confirm_characterised(*, actor: User, discovery: Discovery) -> Discovery:
    """It is described by more than right and wrong. Raises Refused until a continuous measure has a value."""
    discovery = locked(discovery)
    check_move(discovery, State.CHARACTERISED)
    evidence = newest(history_of(discovery), Kind.MEASURED)
    lines = measured(evidence) if evidence is not None else []
    if evidence is None or not any(line.continuous and line.point is not None for line in lines):
        raise Refused(
            "No continuous measure has a value yet: choose one, and wait until it is worked out.",
            code="no_measure",
        )
    move(discovery, State.CHARACTERISED)
    shown = {"measures": [line.as_fact() for line in lines]}
    add_evidence(
        actor,
        discovery,
        Kind.CHARACTERISED,
        runs=evidence.runs,
        evaluation_version=evidence.evaluation_version,
        judge=evidence.judge,
        detail=shown,
    )
    tell(
        actor,
        discovery,
        "discovery.characterised",
        before={"state": State.REPRODUCED},
        after={"state": discovery.state},
    )
    return discovery
