"""Tells people what happened: from the outbox that the database fills with the change itself, and from the calendar."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from capabilities.models import Happening, Product, Remark, Requirement, Standing, Verdict, Waiver
from capabilities.queries.audiences import approvers, watching, watching_model, watching_product, who_sees
from capabilities.queries.round_summaries import count_words, flips_of, unjudged_of
from capabilities.services.deeds import People, news_of
from capabilities.services.problem_news import due_remarks, tell_of_problems
from config.people.models import AuditEntry, Notice
from config.people.services.notices import News, tell
from evaluations.models import ModelEvent, ModelVersion, Origin, Round

AT_ONCE = 50
MOST_TRIES = 5
WAIVER_DAYS = 7
SHUTDOWN_DAYS = 14
Kind = Notice.Kind
Told = tuple[News, People] | None
JUDGED_WITHIN = timedelta(minutes=10)


class NotYet(Exception):
    """What there is to tell is not known yet; it is looked at again later."""


def tell_due() -> int:
    """Tell everything that waits, in small transactions. Returns how much. Safe beside others that do the same.

    Who is killed in the middle leaves the outbox as it was; what fails is kept with the reason and tried a few times more.
    """
    done = 0
    while some := _tell_some():
        done += some
    return done


@transaction.atomic
def _tell_some() -> int:
    waiting = Happening.objects.filter(tries__lt=MOST_TRIES).select_for_update(skip_locked=True)
    found = list(waiting.order_by("tries", "pk")[:AT_ONCE])
    told = []
    for happening in found:
        try:
            with transaction.atomic():
                if news := READERS[happening.source](happening.source_id):
                    tell(*news)
        except NotYet:
            continue
        except Exception as problem:
            # One that cannot be told must not keep the others waiting; the operator finds it with its reason.
            _failed(happening, problem)
        else:
            told.append(happening.pk)
    Happening.objects.filter(pk__in=told).delete()
    return len(told)


def _failed(happening: Happening, problem: Exception) -> None:
    Happening.objects.filter(pk=happening.pk).update(tries=F("tries") + 1, error=repr(problem)[:1_000])


def _deed(entry_id: int) -> Told:
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    return news_of(entry) if entry else None


def _verdict(verdict_id: int) -> Told:
    """A confirmed verdict of what is agreed, when it says otherwise than the last one that was decided."""
    verdict = (
        Verdict.objects.select_related(
            "model_version__model", "verification__criterion__revision__requirement__product"
        )
        .filter(pk=verdict_id, verification__criterion__revision__status="approved")
        .first()
    )
    if verdict is None:
        return None
    decided = Verdict.objects.filter(
        verification=verdict.verification_id,
        model_version=verdict.model_version_id,
        pk__lt=verdict.pk,
        outcome__in=["met", "not_met"],
        pending_confirmation=False,
    )
    before = decided.order_by("-pk").first()
    if before is None or before.outcome == verdict.outcome:
        return None
    criterion = verdict.verification.criterion
    requirement = criterion.revision.requirement
    words = (
        f"{criterion.key} went from {before.outcome} to {verdict.outcome} for {verdict.model_version.label}"
    )
    news = _about(requirement, f"verdict:{verdict.pk}", words.replace("_", " "))
    return news, dict.fromkeys(watching(requirement), Kind.VERDICT.value)


def _recheck(requirement_id: int) -> Told:
    """Once after each verdict, however often the standing is worked out again."""
    rows = Standing.objects.filter(requirement=requirement_id, freshness="needs_recheck")
    judged = rows.aggregate(last=Max("judged_at"))["last"]
    if judged is None:
        return None
    requirement = Requirement.objects.select_related("product", "capability").get(pk=requirement_id)
    news = _about(
        requirement, f"recheck:{requirement.pk}:{judged.timestamp():.0f}", "its evidence needs a re-check"
    )
    return news, dict.fromkeys(watching(requirement), Kind.RECHECK.value)


def _model(event_id: int) -> Told:
    event = ModelEvent.objects.select_related("model_version__model").filter(pk=event_id).first()
    if event is None:
        return None
    words = event.get_kind_display()
    words = f"{words[0].lower()}{words[1:]}" + (f": {event.before} → {event.after}" if event.before else "")
    return _of_version(event.model_version, f"model:{event.pk}", words)


def _round(round_id: int) -> Told:
    """For who started it, who watches the product it is counted to and, of a new version, the model; once its verdicts are there."""
    ended = Round.objects.filter(pk=round_id).first()
    people = _people_of(ended) if ended else set()
    if ended is None or not people:
        return None
    if _still_judged(ended):
        raise NotYet
    counts = ended.summary.get("runs", {})
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no runs"
    if changed := count_words(flips_of(ended, _seen_by_all(people))):
        words = f"{words}; {changed}"
    news = News(
        event=f"round:{ended.pk}",
        noun="round",
        object_id=ended.pk,
        label=ended.name,
        text=f"is finished: {words}",
        url=reverse("capabilities:round-summary", args=[ended.pk]),
        at=ended.finished_at or timezone.now(),
    )
    return news, dict.fromkeys(people, Kind.ROUND.value)


def _people_of(ended: Round) -> set[int]:
    people = {ended.created_by_id} if ended.created_by_id else set()
    if product := Product.objects.filter(key=ended.charged_to).first():
        people |= watching_product(product)
    if ended.origin == Origin.NEW_VERSION:
        for model in ended.runs.order_by().values_list("model_version__model", flat=True).distinct():
            people |= watching_model(model)
    return people


def _still_judged(ended: Round) -> bool:
    """Whether verdicts are on their way; who has waited long enough is told without them."""
    long_ago = timezone.now() - JUDGED_WITHIN
    return (ended.finished_at or long_ago) > long_ago and unjudged_of(ended).exists()


def _seen_by_all(people: set[int]) -> QuerySet[Product]:
    """The products that all of these may see: one text is told to all of them."""
    seen = [product.pk for product in Product.objects.all() if who_sees(product, people) == people]
    return Product.objects.filter(pk__in=seen)


READERS: dict[str, Callable[[int], Told]] = {
    Happening.Source.DEED: _deed,
    Happening.Source.VERDICT: _verdict,
    Happening.Source.RECHECK: _recheck,
    Happening.Source.MODEL: _model,
    Happening.Source.ROUND: _round,
}


def tell_of_dates() -> None:
    """Waivers that end soon or ended this week, versions that are shut down soon, problems worth another look. Nobody is told twice."""
    today = timezone.localdate()
    week = timedelta(days=WAIVER_DAYS)
    waivers = Waiver.objects.filter(revoked_at=None, expires_on__range=(today - week, today + week))
    for waiver in waivers.select_related("requirement__product", "requirement__capability"):
        _tell_of_waiver(waiver, over=waiver.expires_on < today)
    ending = ModelVersion.objects.filter(shutdown_on__range=(today, today + timedelta(days=SHUTDOWN_DAYS)))
    for version in ending.exclude(stage="retired").select_related("model"):
        day = version.shutdown_on
        tell(*_of_version(version, f"shutdown:{version.pk}:{day}", f"is shut down on {day:%-d %b %Y}"))
    tell_of_problems()
    for said in (
        due_remarks()
        .filter(requirement__isnull=False)
        .select_related("requirement__product", "requirement__capability")
    ):
        _tell_of_remark(said)


def _tell_of_remark(said: Remark) -> None:
    """Whoever owns, watches or works on the requirement, and who noted it."""
    requirement = said.requirement
    assert requirement is not None
    words = "wants to be looked at: somebody noted what would change our mind"
    people = watching(requirement) | who_sees(requirement.product, [said.author_id])
    tell(_about(requirement, f"remark:{said.pk}", words), dict.fromkeys(people, Kind.RECHECK.value))


def _tell_of_waiver(waiver: Waiver, *, over: bool) -> None:
    requirement, day = waiver.requirement, f"{waiver.expires_on:%-d %b %Y}"
    words = f"the waiver of {waiver.criterion_key} {'ended' if over else 'ends'} on {day}"
    news = _about(requirement, f"waiver:{waiver.pk}:{'over' if over else 'soon'}:{waiver.expires_on}", words)
    tell(news, dict.fromkeys(watching(requirement) | approvers(requirement.product), Kind.WAIVER.value))


def _of_version(version: ModelVersion, event: str, words: str) -> tuple[News, People]:
    """For who watches the model, or a product that it is the subject or a rival of."""
    model = version.model
    people = watching_model(model.pk)
    products = Product.objects.filter(subject_models=model) | Product.objects.filter(rival_sets__rivals=model)
    for product in products.distinct():
        people |= watching_product(product)
    news = News(
        event=event,
        noun="model",
        object_id=model.pk,
        label=version.label,
        text=words,
        url=reverse("evaluations:model-detail", args=[model.slug]),
        at=timezone.now(),
    )
    return news, dict.fromkeys(people, Kind.MODEL.value)


def _about(requirement: Requirement, event: str, words: str) -> News:
    return News(
        event=event,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        text=words,
        url=reverse("capabilities:requirement-detail", args=[requirement.key]),
        at=timezone.now(),
    )
