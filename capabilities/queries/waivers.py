"""The waivers of a product: those that stand, that ended, and that were taken back."""

from datetime import date, timedelta

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from capabilities.models import Product, Requirement, Waiver
from capabilities.queries.releases import SOON_DAYS
from config.people.models import User

STATES = ("standing", "soon", "expired", "revoked")


def _in_state(state: str, today: date) -> Q:
    standing = Q(revoked_at=None, expires_on__gte=today)
    return {
        "standing": standing,
        "soon": standing & Q(expires_on__lte=today + timedelta(days=SOON_DAYS)),
        "expired": Q(revoked_at=None, expires_on__lt=today),
        "revoked": Q(revoked_at__isnull=False),
    }.get(state, Q())


def waivers_of(
    product: Product, today: date, *, state: str = "", requirement: str = "", approver: str = ""
) -> QuerySet[Waiver]:
    """Those that stand first, the next to expire at the top; then the ended ones, the last first. One query."""
    rows = Waiver.objects.filter(_in_state(state, today), requirement__product=product)
    if requirement:
        rows = rows.filter(requirement__in=Requirement.objects.with_key(requirement))
    if approver:
        rows = rows.filter(approver__username=approver)
    ended = Case(
        When(_in_state("standing", today), then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return (
        rows.select_related("requirement__product", "approver", "model_version__model")
        .annotate(ended=ended)
        .order_by("ended", "expires_on", "id")
    )


def waiver_counts(product: Product, today: date) -> dict[str, int]:
    """How many are in each state; those that end soon stand too. One query."""
    rows = Waiver.objects.filter(requirement__product=product)
    return rows.aggregate(**{state: Count("pk", filter=_in_state(state, today)) for state in STATES})


def approvers_of(product: Product) -> QuerySet[User]:
    """Who gave any. One query."""
    given = Waiver.objects.filter(requirement__product=product).values("approver")
    return User.objects.filter(pk__in=given)
