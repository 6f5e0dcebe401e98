"""Two discoveries of the demo, each from an answer of the lab: one became a requirement, one was a lucky hit and is dismissed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from capabilities.demo.facts import DATA
from capabilities.demo.judgements import PRODUCT
from capabilities.models import Discovery, DiscoveryEvidence, Product
from capabilities.queries.discoveries import history_of, newest
from capabilities.services.discoveries import dismiss, record_discovery
from capabilities.services.discovery_measures import confirm_characterised, start_measures
from capabilities.services.discovery_packaging import Package, package
from capabilities.services.discovery_tries import Trial, confirm_reproduced, start_tries
from config.people.models import User
from evaluations.importers import CaseRow, read_jsonl
from evaluations.models import ModelVersion, Origin, Response, Run, ScorerVersion
from evaluations.services.scorers import create_scorer_version

Kind, State = DiscoveryEvidence.Kind, Discovery.State
WORDS: dict[str, Any] = {"field": "keywords", "target_field": "keywords"}
TRIED_ON = (("aria-reviews", "1"), ("review-rules", "1"))
TRIES = 11


@dataclass(frozen=True)
class Plan:
    """Spotted in the lab's answer of `model` to the review `case`. rows: a file of the demo's data, its first TRIES for the tries.

    judge, measure: slug, name, kind and settings of the check that says whether a try succeeded, and of the continuous one beside it.
    reason: why it is dismissed; empty = it is packaged.
    """

    title: str
    statement: str
    model: str
    case: str
    rows: str
    judge: tuple[str, str, str, dict[str, Any]]
    reason: str = ""
    measure: tuple[str, str, str, dict[str, Any]] = ("", "", "", {})
    shall: str = ""
    rationale: str = ""
    threshold: float = 0.8


PLANS = (
    Plan(
        "Names the words that a review's feeling hangs on",
        "Asked for the sentiment alone, it also lists a word that a reader would underline. One of them is enough.",
        "aria-reviews",
        "rd-007",
        "reviews_reasons.jsonl",
        ("underlined-word", "Names a word that readers underlined", "includes", WORDS),
        measure=("underlined-words", "Share of the underlined words it names", "keywords", WORDS),
        shall="name at least one of the words that the feeling of a review hangs on",
        rationale="Support sees at once why a review counts as angry, and whether the machine read it as a person would.",
    ),
    Plan(
        "Hears that somebody gives up, without a harsh word",
        "A review of somebody who leaves quietly is read as angry: sentiment 1 or 2.",
        "review-rules",
        "rd-003",
        "reviews_leaving.jsonl",
        ("sentiment-within-1", "", "", {}),
        reason="A lucky hit: “I am done” stands in its list of words. Said in other words the rules never notice it, and Aria Reviews "
        "hardly does. Worth another look when something that reads whole sentences arrives.",
    ),
)


def conclude_discoveries(actor: User) -> bool:
    """Take the demo's discoveries as far as the finished runs allow. Whether both have ended; safe to call again."""
    product = Product.objects.filter(key=PRODUCT).first()
    if product is None:
        return True
    done = [_advance(actor, product, plan) for plan in PLANS]
    return all(done)


@transaction.atomic
def _advance(actor: User, product: Product, plan: Plan) -> bool:
    discovery = product.discoveries.filter(title=plan.title).select_related("product").first()
    if discovery is None:
        return _record(actor, product, plan)
    history = history_of(discovery)
    if newest(history, Kind.PACKAGED, Kind.DISMISSED):
        return True
    step = newest(history, Kind.TRIED, Kind.MEASURED)
    if step is None or Run.objects.moving().filter(pk__in=step.runs).exists():
        return False
    if plan.reason:
        dismiss(actor=actor, discovery=discovery, reason=plan.reason)
    elif discovery.state == State.SPOTTED:
        confirm_reproduced(actor=actor, discovery=discovery)
        start_measures(actor=actor, discovery=discovery, scorer_versions=[_check(actor, plan.measure)])
        return False
    else:
        confirm_characterised(actor=actor, discovery=discovery)
        package(actor=actor, discovery=discovery, wanted=_package(actor, plan))
    return True


def _record(actor: User, product: Product, plan: Plan) -> bool:
    """Whether there is nothing to wait for: a site without the demo's lab has no such answer."""
    asked = Run.objects.filter(
        origin=Origin.LAB, model_version__model__slug=plan.model, charged_to=product.key
    )
    answer = Response.objects.filter(run__in=asked.finished(), case__key=plan.case).order_by("pk").first()
    if answer is None:
        return not asked.moving().exists()
    discovery = record_discovery(
        actor=actor, product=product, title=plan.title, statement=plan.statement, response=answer
    )
    trial = Trial(
        _versions(),
        tries=1,
        rows=_rows(plan)[:TRIES],
        with_found=not plan.measure[0],
        judge=_check(actor, plan.judge),
    )
    start_tries(actor=actor, discovery=discovery, trial=trial)
    return False


def _package(actor: User, plan: Plan) -> Package:
    return Package(
        title=plan.title,
        shall=plan.shall,
        rationale=plan.rationale,
        threshold=plan.threshold,
        rows=_rows(plan)[TRIES:],
        check=_check(actor, plan.judge),
        model_versions=_versions(),
        capability_name="Reasons for a reading",
        may_leave=True,
    )


def _versions() -> list[ModelVersion]:
    return [ModelVersion.objects.get(model__slug=slug, name=name) for slug, name in TRIED_ON]


def _rows(plan: Plan) -> Sequence[CaseRow]:
    with (DATA / plan.rows).open("rb") as stream:
        return read_jsonl(stream).rows


def _check(actor: User, check: tuple[str, str, str, dict[str, Any]]) -> ScorerVersion:
    slug, name, kind, config = check
    if not kind:
        return ScorerVersion.objects.get(scorer__slug=slug, number=1)
    return create_scorer_version(actor=actor, slug=slug, name=name, kind=kind, config=config)
