"""Who wants to hear of something."""

from collections.abc import Iterable

from django.db.models import Q

from capabilities.models import Baseline, Comment, Membership, Product, Requirement, Review, Revision
from capabilities.queries.mentions import who_may_see
from config.people.models import NoticeSettings, Role, User, Watch


def watching(requirement: Requirement) -> set[int]:
    """Who watches it, its capability, objective or product, or takes part in it; only people who may see it. Five queries.

    Owner, authors, reviewers and commenters hear of it by themselves, unless they said that they do not want that.
    """
    watches = Watch.objects.filter(_watches(requirement)).values_list("person", "noun", "stopped")
    stopped = {person for person, noun, off in watches if off and noun == "requirement"}
    wanted = {person for person, _, off in watches if not off}
    own = taking_part(requirement) - set(
        NoticeSettings.objects.filter(auto_watch=False).values_list("person", flat=True)
    )
    return who_sees(requirement.product, (wanted | own) - stopped)


def _watches(requirement: Requirement) -> Q:
    where = Q(noun="requirement", object_id=requirement.pk) | Q(
        noun="product", object_id=requirement.product_id
    )
    if requirement.objective_id:
        where |= Q(noun="objective", object_id=requirement.objective_id)
    if requirement.capability:
        over = [pk for pk in (requirement.capability_id, requirement.capability.parent_id) if pk]
        where |= Q(noun="capability", object_id__in=over)
    return where


def taking_part(requirement: Requirement) -> set[int]:
    """Owner, authors, reviewers and commenters. One query."""
    authors = Revision.objects.filter(requirement=requirement).order_by().values_list("author")
    reviewers = Review.objects.filter(revision__requirement=requirement).order_by().values_list("reviewer")
    commenters = Comment.objects.filter(requirement=requirement).order_by().values_list("author")
    found = {person for (person,) in authors.union(reviewers, commenters) if person}
    return found | ({requirement.owner_id} if requirement.owner_id else set())


def watching_baseline(baseline: Baseline) -> set[int]:
    """Who watches the product or any requirement that the baseline holds, or takes part in one. Four queries, however many it holds."""
    held = baseline.items.order_by()
    ids = held.values("requirement")
    places = held.values("requirement__objective"), held.values("requirement__capability")
    over = held.values("requirement__capability__parent")
    where = Q(noun="requirement", object_id__in=ids) | Q(noun="product", object_id=baseline.product_id)
    where |= Q(noun="objective", object_id__in=places[0])
    where |= Q(noun="capability", object_id__in=places[1]) | Q(noun="capability", object_id__in=over)
    watches = list(Watch.objects.filter(where).values_list("person", "noun", "object_id", "stopped"))
    wanted = {person for person, _, _, off in watches if not off}
    stopped = {(person, pk) for person, noun, pk, off in watches if off and noun == "requirement"}
    reviews = Review.objects.filter(revision__requirement__in=ids)
    pairs = Requirement.objects.filter(pk__in=ids).order_by().values_list("owner", "pk")
    pairs = pairs.union(
        Revision.objects.filter(requirement__in=ids).order_by().values_list("author", "requirement"),
        reviews.order_by().values_list("reviewer", "revision__requirement"),
        Comment.objects.filter(requirement__in=ids).order_by().values_list("author", "requirement"),
    )
    taking = {person for person, pk in pairs if person and (person, pk) not in stopped}
    unwilling = NoticeSettings.objects.filter(auto_watch=False).values_list("person", flat=True)
    return who_sees(baseline.product, wanted | (taking - set(unwilling)))


def watching_product(product: Product) -> set[int]:
    """Who watches the whole product and may see it. Two queries."""
    rows = Watch.objects.filter(noun="product", object_id=product.pk, stopped=False)
    return who_sees(product, rows.values_list("person", flat=True))


def watching_model(model_id: int) -> set[int]:
    """Who watches a model. One query."""
    rows = Watch.objects.filter(noun="model", object_id=model_id, stopped=False, person__is_active=True)
    return set(rows.values_list("person", flat=True))


def who_sees(product: Product, people: Iterable[int]) -> set[int]:
    """Those of the people who are active and may see the product. One query."""
    return set(who_may_see(product).filter(pk__in=list(people)).values_list("pk", flat=True))


def with_role(product: Product, role: Role) -> set[int]:
    """Everybody with this role in the product, by membership or else of the site. One query."""
    members = Membership.objects.filter(product=product)
    by_membership = Q(pk__in=members.filter(role=role).values("user"))
    by_site = Q(role=role, is_superuser=False) & ~Q(pk__in=members.values("user"))
    return set(who_may_see(product).filter(by_membership | by_site).values_list("pk", flat=True))


def approvers(product: Product) -> set[int]:
    """Who may review in the product. One query."""
    members = Membership.objects.filter(product=product)
    strong = [Role.PM, Role.ADMIN]
    by_membership = Q(pk__in=members.filter(role__in=strong).values("user"))
    by_site = Q(role__in=strong) & ~Q(pk__in=members.values("user"))
    rows: Iterable[User] = who_may_see(product).filter(by_membership | by_site, approver=True)
    return {person.pk for person in rows}
