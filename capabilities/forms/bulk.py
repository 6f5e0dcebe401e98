"""What can be changed on many requirements at once, as values of one menu: `priority=must`, `capability=speech`."""

from dataclasses import dataclass
from typing import Any

from capabilities.models import Product, Requirement


@dataclass(frozen=True)
class BulkGroup:
    label: str
    choices: list[tuple[str, str]]


def bulk_choices(product: Product) -> list[BulkGroup]:
    """Two queries."""
    return [
        BulkGroup(
            "Priority", [(f"priority={value}", label) for value, label in Requirement.Priority.choices]
        ),
        BulkGroup("Intent", [(f"intent={value}", label) for value, label in Requirement.Intent.choices]),
        BulkGroup("Capability", [(f"capability={row.slug}", row.name) for row in product.capabilities.all()]),
        BulkGroup("Objective", [(f"objective={row.pk}", row.title) for row in product.objectives.all()]),
    ]


def bulk_change(product: Product, chosen: str) -> dict[str, Any] | None:
    """The field and value of a choice; None for one that is not offered."""
    offered = {value for group in bulk_choices(product) for value, _ in group.choices}
    if chosen not in offered:
        return None
    name, _, value = chosen.partition("=")
    if name == "capability":
        return {"capability": product.capabilities.get(slug=value)}
    if name == "objective":
        return {"objective": product.objectives.get(pk=int(value))}
    return {name: value}
