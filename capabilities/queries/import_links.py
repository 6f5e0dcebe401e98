"""The links a file names, beside those there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.importers import RequirementFile, Written
from capabilities.models import Link, Product, Requirement
from capabilities.queries.import_parts import Part
from capabilities.queries.requirement_files import links_within


@dataclass(frozen=True)
class LinkPlan:
    """A link to write, to the requirement of this number."""

    kind: str
    to: int
    note: str


@dataclass(frozen=True)
class LinksPlan:
    """What becomes of a row's links. wrong: sentences."""

    added: Sequence[LinkPlan] = ()
    removed: Sequence[Link] = ()
    wrong: Sequence[str] = ()

    @property
    def parts(self) -> list[Part]:
        added = [Part("Link", "", f"{one.kind} {one.to}") for one in self.added]
        return [*added, *(Part("Link", f"{one.kind} {one.target.number}", "") for one in self.removed)]


class Links:
    """Those of a product and a file. Two queries, none without links in the file."""

    def __init__(self, product: Product, file: RequirementFile) -> None:
        named = any("links" in row.fields for row in file.rows)
        self._there = links_within(product) if named else {}
        here = set(product.requirements.values_list("number", flat=True)) if named else set()
        self._numbers = here | {number_of(row.key) for row in file.rows if row.key}

    def plan(self, row: Written, requirement: Requirement | None) -> LinksPlan:
        """No query."""
        if "links" not in row.fields:
            return LinksPlan()
        wanted = {(one["kind"], number_of(one["to"])): one.get("note", "") for one in row.fields["links"]}
        there = self._there.get(requirement.pk, []) if requirement else []
        have = {(link.kind, link.target.number) for link in there}
        return LinksPlan(
            added=[LinkPlan(*key, note) for key, note in wanted.items() if key not in have],
            removed=[link for link in there if (link.kind, link.target.number) not in wanted],
            wrong=[
                f"Links: there is no {kind[:20]} to number {to} here or in the file."
                for kind, to in wanted
                if kind not in Link.Kind.values or to not in self._numbers
            ],
        )


def number_of(key: str) -> int:
    """12 for `VA-12`, 0 for what is no key."""
    number = key.rpartition("-")[2]
    return int(number) if number.isdecimal() and len(number) < 10 else 0
