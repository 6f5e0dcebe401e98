"""Which products a person may see, and which version a page speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from capabilities.models import Product
from config.people.access import may, site_role
from config.people.models import Role, User
from evaluations.models import ModelVersion, Side

# Versions of models are many; who mistypes one means a recent one.
NEAR_AMONG = 2_000


def visible_products(user: User | AnonymousUser) -> QuerySet[Product]:
    """The one base for everything a product owns: open products, and restricted ones for members and administrators."""
    role = site_role(user)
    if role is None:
        return Product.objects.none()
    if role == Role.ADMIN:
        return Product.objects.all()
    return Product.objects.filter(Q(restricted=False) | Q(memberships__user_id=user.pk)).distinct()


def role_in(user: User, product: Product) -> str | None:
    """The role a membership gives, None when the site role counts. One query."""
    return product.memberships.filter(user=user).values_list("role", flat=True).first()


def may_in(user: User, action: str, product: Product) -> bool:
    """Whether the person may do this in the product. One query."""
    return may(user, action, role_in(user, product))  # type: ignore[arg-type]


def find_version(label: str) -> ModelVersion | None:
    """The version called `slug@name`, or by its id. One query."""
    versions = ModelVersion.objects.select_related("model")
    if label.isdecimal():
        return versions.filter(pk=int(label)).first() if len(label) < 19 else None
    slug, at, name = label.partition("@")
    return versions.filter(model__slug=slug, name=name).first() if at else None


def near_versions(label: str) -> list[str]:
    """Up to three versions that may have been meant, nearest first, among the newest of the site. One query."""
    newest = ModelVersion.objects.order_by("-pk").values_list("model__slug", "name")[:NEAR_AMONG]
    return get_close_matches(label, [f"{slug}@{name}" for slug, name in newest], n=3, cutoff=0.6)


@dataclass(frozen=True)
class AgreedRivals:
    """The newest rival set of a product: its number and the ids of its models; number 0 where none was agreed."""

    product: str = ""
    number: int = 0
    models: frozenset[int] = frozenset()


def agreed_rivals(product: Product) -> AgreedRivals:
    """Whom the product is held against now. One query, two where a set was agreed."""
    newest = product.rival_sets.order_by("-number").first()
    if newest is None:
        return AgreedRivals(product.key)
    models = newest.rivals.through.objects.filter(rival_set=newest).values_list("model_id", flat=True)
    return AgreedRivals(product.key, newest.number, frozenset(models))


@dataclass(frozen=True)
class JudgedVersions:
    """Which versions states speak of.

    asked: named by the reader, it counts for everything. main: the product's candidate, else released, else newest of ours. others: the
    newest active version of each other model of ours, newest first.
    """

    asked: ModelVersion | None
    main: ModelVersion | None
    others: Sequence[ModelVersion] = ()

    def choices(self, kind: str) -> list[ModelVersion]:
        """The versions a requirement about this kind of model may speak of, best first: of its kind, the main one before others."""
        if self.asked or self.main is None:
            return [self.asked] if self.asked else []
        every = [self.main, *self.others]
        return [version for version in every if version.model.kind == kind] or [self.main]

    def for_kind(self, kind: str) -> ModelVersion | None:
        return next(iter(self.choices(kind)), None)

    @property
    def all(self) -> list[ModelVersion]:
        found: list[ModelVersion | None] = [self.asked] if self.asked else [self.main, *self.others]
        return [version for version in found if version is not None]


def judged_versions(product: Product, asked: str = "") -> JudgedVersions:
    """The versions states speak of. Up to two queries."""
    chosen = find_version(asked) if asked else None
    if chosen:
        return JudgedVersions(chosen, chosen)
    own = ModelVersion.objects.active().filter(model__side=Side.OWN, model__products=product)
    newest = list(own.select_related("model").newest_first())
    ids = [pk for pk in (product.candidate_version_id, product.released_version_id) if pk]
    named = (
        {version.pk: version for version in ModelVersion.objects.filter(pk__in=ids).select_related("model")}
        if ids
        else {}
    )
    main = next((named[pk] for pk in ids), newest[0] if newest else None)
    others: dict[int, ModelVersion] = {}
    for version in newest:
        others.setdefault(version.model_id, version)
    if main is not None:
        others.pop(main.model_id, None)
    return JudgedVersions(None, main, list(others.values()))


def only(version: ModelVersion | None) -> JudgedVersions:
    """The choice of exactly one version, whatever the kind."""
    return JudgedVersions(version, version)
