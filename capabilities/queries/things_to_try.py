"""What there is to try on a new version of a model: one list, gathered from SOURCES.

To add a line to the page, write a source: a function that takes who asks and the version and gives Things, and put it into SOURCES in the
place where its lines shall stand. A Thing with `evaluations` is ticked and run with the others as one round; one with a `url` alone is a
link to where it is done. A source gives nothing of a product that the person may not see.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse

from capabilities.models import Product, Requirement, Verification
from capabilities.queries.discovery_retries import worth_retrying
from capabilities.queries.problems import due_again
from capabilities.queries.products import visible_products
from config.people.models import User
from config.words import counted
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, Model, ModelVersion, Run, Side, Suite
from evaluations.queries.selection import newest_evaluation_versions

MOST_SUITES = 50


@dataclass(frozen=True)
class Thing:
    """key: unique over all sources, such as suite:core. why: a sentence. evaluations: what ticking it runs."""

    key: str
    kind: str
    name: str
    why: str
    evaluations: Sequence[EvaluationVersion] = ()
    url: str = ""


Source = Callable[[User, ModelVersion], Iterable[Thing]]


def what_requirements_ask(user: User, version: ModelVersion) -> Iterable[Thing]:
    """For each product that the model matters to, the evaluations its agreed requirements rest on. Two queries, one more a product."""
    for product in products_about(user, version.model):
        links = Verification.objects.filter(
            criterion__revision__status="approved",
            criterion__revision__requirement__product=product,
            criterion__revision__requirement__lifecycle=Requirement.Lifecycle.APPROVED,
            criterion__revision__requirement__kind=version.model.kind,
        )
        evaluations = list(
            EvaluationVersion.objects.filter(pk__in=links.values("evaluation_version"))
            .select_related("evaluation", "dataset_version__dataset", "prompt_version__prompt")
            .order_by("evaluation__slug", "number")
        )
        if evaluations:
            role = "decides" if version.model.side == Side.OWN else "is what we are held against in"
            why = f"{counted(len(evaluations), 'evaluations')}: {version.label} {role} the agreed requirements of {product.key}."
            yield Thing(f"product:{product.key}", "Requirements", product.name, why, evaluations)


def suites_of_its_kind(user: User, version: ModelVersion) -> Iterable[Thing]:
    """Suites in which a model of this kind was measured before. One query, one more a suite."""
    ran = Run.objects.exclude(origin__in=NOT_EVIDENCE).filter(model_version__model__kind=version.model.kind)
    suites = Suite.objects.filter(evaluations__versions__in=ran.values("evaluation_version")).distinct()
    for suite in suites.order_by("name")[:MOST_SUITES]:
        if evaluations := newest_evaluation_versions(suite):
            kind = version.model.get_kind_display()
            why = (
                f"{counted(len(evaluations), 'evaluations')} that models of the kind {kind} were measured by."
            )
            yield Thing(f"suite:{suite.slug}", "Suites", suite.name, why, evaluations)


def discoveries_to_retry(user: User, version: ModelVersion) -> Iterable[Thing]:
    """Discoveries that ended before it came, made again in one round a product. Four queries a product that has any."""
    products = visible_products(user).filter(discoveries__isnull=False).distinct().order_by("key")
    for product in products:
        for retry in worth_retrying(product, version):
            where = f"{reverse('capabilities:discovery-list')}?product={product.key}"
            for one in retry.discoveries:
                why = (
                    f"{one.key} was {one.get_state_display().lower()} before {version.label} was registered."
                )
                yield Thing(f"discovery:{one.key}", "Discoveries", one.title, why, url=where)


def problems_to_reassess(user: User, version: ModelVersion) -> Iterable[Thing]:
    """Problems that were assessed before a version of its kind came. Two queries."""
    for row in due_again(visible_products(user)):
        if row.newer is not None and row.newer.model.kind == version.model.kind:
            why = f"{row.problem.key} was concluded “{row.conclusion_words}” before this version came."
            where = reverse("capabilities:problem-detail", args=[row.problem.key])
            yield Thing(f"problem:{row.problem.key}", "Problems", row.problem.title, why, url=where)


SOURCES: tuple[Source, ...] = (
    what_requirements_ask,
    suites_of_its_kind,
    discoveries_to_retry,
    problems_to_reassess,
)


def things_to_try(user: User, version: ModelVersion) -> list[Thing]:
    """Everything there is to try on this version (its model loaded), in the order of SOURCES."""
    return [thing for source in SOURCES for thing in source(user, version)]


def evaluations_of(things: Iterable[Thing]) -> list[EvaluationVersion]:
    """What running these runs, each version once. No query."""
    return list({one.pk: one for thing in things for one in thing.evaluations}.values())


def products_about(user: User, model: Model) -> QuerySet[Product]:
    """Products one may see of which the model is a subject, or which are held against it. No query."""
    about = Q(subject_models=model) | Q(rival_sets__rivals=model)
    return visible_products(user).filter(about).distinct().order_by("key")
