"""What a person watches, by their own choice or because it is theirs."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from capabilities.models import Capability, Objective, Product, Requirement
from capabilities.queries.audiences import taking_part
from capabilities.queries.products import visible_products
from capabilities.queries.revisions import newest_titles
from config.people.models import User, Watch
from config.people.queries.notices import settings_of
from evaluations.models import Model


@dataclass(frozen=True)
class Watched:
    """A line of the list. own: because it is theirs, not by their choice."""

    noun: str
    object_id: int
    label: str
    url: str
    own: bool = False
    title: str = ""


def watched_by(person: User) -> list[Watched]:
    """Everything the person hears of and may see. At most ten queries."""
    products = visible_products(person)
    watches = list(Watch.objects.filter(person=person))
    chosen: dict[str, set[int]] = {noun: set() for noun in Watch.Noun.values}
    stopped = {watch.object_id for watch in watches if watch.stopped and watch.noun == "requirement"}
    for watch in watches:
        if not watch.stopped:
            chosen[watch.noun].add(watch.object_id)
    own: set[int] = set()
    if settings_of([person.pk])[person.pk].auto_watch:
        own = _own(person) - stopped - chosen["requirement"]
    rows = Requirement.objects.filter(product__in=products).select_related("product")
    requirements = rows.filter(pk__in=chosen["requirement"] | own)
    titles = newest_titles(chosen["requirement"] | own)
    return [
        *(_product(one) for one in products.filter(pk__in=chosen["product"])),
        *(
            _objective(one)
            for one in Objective.objects.filter(pk__in=chosen["objective"], product__in=products)
        ),
        *(
            _capability(one)
            for one in Capability.objects.filter(pk__in=chosen["capability"], product__in=products)
        ),
        *(_model(one) for one in Model.objects.filter(pk__in=chosen["model"])),
        *(_requirement(one, titles.get(one.pk, ""), one.pk in own) for one in requirements),
    ]


def _own(person: User) -> set[int]:
    """Requirements the person takes part in. One query."""
    takes_part = (
        Q(owner=person)
        | Q(revisions__author=person)
        | Q(revisions__reviews__reviewer=person)
        | Q(comments__author=person)
    )
    return set(Requirement.objects.filter(takes_part).order_by().values_list("pk", flat=True).distinct())


def _product(one: Product) -> Watched:
    return Watched("product", one.pk, one.name, reverse("capabilities:product-detail", args=[one.key]))


def _objective(one: Objective) -> Watched:
    return Watched("objective", one.pk, one.title, reverse("capabilities:objective-list"))


def _capability(one: Capability) -> Watched:
    return Watched("capability", one.pk, one.name, reverse("capabilities:capability-list"))


def _model(one: Model) -> Watched:
    return Watched("model", one.pk, one.name, reverse("evaluations:model-detail", args=[one.slug]))


def _requirement(one: Requirement, title: str, own: bool) -> Watched:
    url = reverse("capabilities:requirement-detail", args=[one.key])
    return Watched("requirement", one.pk, one.key, url, own, title)


def hears_of(person: User, requirement: Requirement) -> bool:
    """Whether the person hears of this requirement itself. At most three queries."""
    watch = Watch.objects.filter(person=person, noun="requirement", object_id=requirement.pk).first()
    if watch is not None:
        return not watch.stopped
    return person.pk in taking_part(requirement) and settings_of([person.pk])[person.pk].auto_watch


def find_watchable(person: User, noun: str, object_id: int) -> tuple[int, str] | None:
    """The id and the key of the product of something the person may see; None where there is nothing. One query."""
    products = visible_products(person)
    if noun == "model":
        return (object_id, "") if Model.objects.filter(pk=object_id).exists() else None
    if noun == "product":
        found = products.filter(pk=object_id).values_list("key", flat=True).first()
        return (object_id, found) if found else None
    table = {"requirement": Requirement, "capability": Capability, "objective": Objective}[noun]
    key = (
        table._default_manager.filter(pk=object_id, product__in=products)
        .values_list("product__key", flat=True)
        .first()
    )
    return (object_id, key) if key else None
