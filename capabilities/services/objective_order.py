"""Moving objectives between now, next and later, and among those of one time. One writer at a time: the product's row is locked first."""

from django.db import transaction

from capabilities.models import Objective, Product
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

STEPS = ("up", "down", "sooner", "later")


@transaction.atomic
def place_objective(
    *, actor: User | None, objective: Objective, horizon: str, before: Objective | None = None
) -> Objective:
    """Put it into a column before one that stands there, else last."""
    columns = _locked(objective)
    moved = _in(columns, objective)
    was = {"horizon": moved.horizon, "position": moved.position}
    column = [one for one in columns[horizon] if one.pk != moved.pk]
    places = [number for number, one in enumerate(column) if before is not None and one.pk == before.pk]
    column.insert(places[0] if places else len(column), moved)
    moved.horizon = horizon
    for number, one in enumerate(column):
        one.position = number
    Objective.objects.bulk_update(column, ["position", "horizon"])
    now = {"horizon": moved.horizon, "position": moved.position}
    if was != now:
        record(
            actor=actor,
            verb="objective.moved",
            noun="objective",
            object_id=moved.pk,
            label=moved.title,
            product=moved.product.key,
            before=was,
            after=now,
        )
    return moved


@transaction.atomic
def step_objective(*, actor: User | None, objective: Objective, to: str) -> Objective:
    """One step up or down in its column, or into the column sooner or later. Raises Refused at an end."""
    columns = _locked(objective)
    moved = _in(columns, objective)
    column = columns[moved.horizon]
    at = next(number for number, one in enumerate(column) if one.pk == moved.pk)
    horizons = list(Objective.Horizon.values)
    if to in ("sooner", "later"):
        place = horizons.index(moved.horizon) + (1 if to == "later" else -1)
        if not 0 <= place < len(horizons):
            raise Refused(f"{moved.title} cannot be any {to}.", code="at_end")
        return place_objective(actor=actor, objective=moved, horizon=horizons[place])
    if (to == "up" and at == 0) or (to == "down" and at == len(column) - 1):
        raise Refused(f"{moved.title} stands {'first' if to == 'up' else 'last'} already.", code="at_end")
    later = column[at - 1 :] if to == "up" else column[at + 2 :]
    return place_objective(
        actor=actor, objective=moved, horizon=moved.horizon, before=next(iter(later), None)
    )


def _locked(objective: Objective) -> dict[str, list[Objective]]:
    """The product's objectives by column, in the order they stand."""
    product = Product.objects.select_for_update().get(pk=objective.product_id)
    columns: dict[str, list[Objective]] = {name: [] for name in Objective.Horizon.values}
    for one in product.objectives.select_related("product").order_by("position", "title", "pk"):
        columns[one.horizon].append(one)
    return columns


def _in(columns: dict[str, list[Objective]], objective: Objective) -> Objective:
    """The same as it is now. Raises Refused when somebody took it away meanwhile."""
    for column in columns.values():
        for one in column:
            if one.pk == objective.pk:
                return one
    raise Refused(f"{objective.title} is not there any more. Reload the page.", code="gone")
