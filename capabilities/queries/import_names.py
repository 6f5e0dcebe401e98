"""What the names in a file mean in a product: abilities, objectives, people, scorers and rival sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.importers import RequirementFile, Wrong
from capabilities.importers.json_document import scorers_named
from capabilities.models import Capability, Objective, Product, RivalSet
from capabilities.queries.criterion_words import newest_scorers
from config.people.models import User
from evaluations.models import Model, Scorer, ScorerVersion, Side

NAMED_AT_MOST = 12


@dataclass(frozen=True)
class Wishes:
    """What an importer asks for where something is missing. other_product: numbers of another product's keys are kept."""

    scorers_not_measurable: bool = False
    owners_nobody: bool = False
    other_product: bool = False


@dataclass(frozen=True)
class Names:
    """coming: slugs and titles the file itself brings along. sets: the file's number → the product's own set, None: to be made."""

    product: Product
    capabilities: Mapping[str, Capability]
    objectives: Mapping[str, Objective]
    people: Mapping[str, User]
    scorers: Mapping[str, Scorer]
    newest: Mapping[int, ScorerVersion]
    own_sets: Mapping[int, RivalSet]
    sets: Mapping[int, RivalSet | None]
    coming: frozenset[str]
    wishes: Wishes

    def capability(self, text: str) -> Capability | None:
        """By slug or by name. Raises Wrong."""
        found: Capability | None = _found(self.capabilities, text, "capability", self.coming)
        return found

    def objective(self, text: str) -> Objective | None:
        """By title. Raises Wrong."""
        found: Objective | None = _found(self.objectives, text, "objective", self.coming)
        return found

    def owner(self, text: str) -> User | None:
        """By user name. Raises Wrong."""
        name = text.strip()
        person = self.people.get(name) or self.people.get(name.lower())
        if name and person is None and not self.wishes.owners_nobody:
            raise Wrong(f"There is nobody with the user name “{name[:60]}”.")
        return person

    def rival_set(self, number: int | None) -> RivalSet | None:
        """Raises Wrong."""
        if number is None or number in self.sets:
            return self.sets[number] if number is not None else None
        if number not in self.own_sets:
            have = ", ".join(map(str, sorted(self.own_sets))) or "none"
            raise Wrong(f"{self.product.key} has no rival set {number}; it has {have}.")
        return self.own_sets[number]

    def scorer(self, slug: str | None) -> Scorer | None:
        """Raises Wrong."""
        if slug is not None and slug not in self.scorers and not self.wishes.scorers_not_measurable:
            raise Wrong(f"There is no scorer “{slug[:60]}”.")
        return self.scorers.get(slug) if slug else None


def _found(known: Mapping[str, Any], text: str, noun: str, coming: frozenset[str]) -> Any:
    word = text.strip().lower()
    if not word or word in known:
        return known.get(word)
    if text in coming:
        return None
    names = sorted({str(one) for one in known.values()})
    listed = ", ".join(names[:NAMED_AT_MOST]) + (" …" if len(names) > NAMED_AT_MOST else "")
    raise Wrong(
        f"There is no {noun} “{text.strip()[:60]}”; {f'there is {listed}' if names else 'there is none yet'}."
    )


def names_for(product: Product, file: RequirementFile, wishes: Wishes) -> Names:
    """Nine queries, however many rows."""
    capabilities = list(product.capabilities.all())
    scorers = {one.slug: one for one in Scorer.objects.filter(slug__in=set(scorers_named(file)))}
    people = {str(row.fields["owner"]).strip() for row in file.rows if row.fields.get("owner")}
    own_sets = {one.number: one for one in product.rival_sets.prefetch_related("entries__model")}
    return Names(
        product=product,
        capabilities={one.name.lower(): one for one in capabilities}
        | {one.slug.lower(): one for one in capabilities},
        objectives={one.title.lower(): one for one in product.objectives.all()},
        people=_people(people),
        scorers=scorers,
        newest=newest_scorers(one.pk for one in scorers.values()),
        own_sets=own_sets,
        sets={one["number"]: _same_set(one, own_sets) for one in file.around.rival_sets},
        coming=frozenset(
            [
                *(one["slug"] for one in file.around.capabilities),
                *(one["title"] for one in file.around.objectives),
            ]
        ),
        wishes=wishes,
    )


def _people(names: set[str]) -> dict[str, User]:
    """By user name, as it is written and in small letters. One query."""
    found = list(
        User.objects.filter(is_active=True, username__in=[*names, *(name.lower() for name in names)])
    )
    return {one.username.lower(): one for one in found} | {one.username: one for one in found}


def _same_set(one: Mapping[str, Any], own: Mapping[int, RivalSet]) -> RivalSet | None:
    """The product's set with the same models: of the same number, else the newest."""
    wanted = sorted(map(str, one["models"]))
    same = [row for row in own.values() if sorted(entry.model.slug for entry in row.entries.all()) == wanted]
    return next(
        (row for row in same if row.number == one["number"]),
        max(same, key=lambda row: row.number, default=None),
    )


def missing_rivals(names: Names, around: Sequence[Mapping[str, Any]]) -> list[str]:
    """Slugs of rivals that sets to be made name and that are no competitors here. One query."""
    needed = {str(slug) for one in around if names.sets.get(one["number"]) is None for slug in one["models"]}
    known = Model.objects.filter(slug__in=needed, side=Side.COMPETITOR).values_list("slug", flat=True)
    return sorted(needed - set(known))
