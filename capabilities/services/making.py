"""New requirements, one or many: the same rules, and as many queries for five hundred as for one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.models import Criterion, Product, Requirement, Revision
from capabilities.queries.criterion_words import newest_scorers
from capabilities.services.checking import AtFault, check_row
from capabilities.services.criteria import check_criterion, fill_criterion, fingerprint_of, told_of_criteria
from capabilities.services.ordering import next_positions
from capabilities.services.products import take_numbers
from capabilities.services.revisions import PARTS, fingerprint_with
from config.people.models import User
from config.people.services.audit import Alike, record_many

IDENTITY = ("capability", "objective", "kind", "priority", "intent", "owner", "target", "tags", "position")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Making:
    """A requirement to make. criteria: key, "" for the next one, and fields.

    fields: of its identity and its first text; `number`: one that an import keeps.
    """

    fields: Mapping[str, Any]
    criteria: Sequence[tuple[str, Mapping[str, Any]]] = field(default_factory=tuple)


@dataclass
class _Made:
    requirement: Requirement
    revision: Revision
    criteria: list[Criterion] = field(default_factory=list)


@transaction.atomic
def create_requirements(
    *, actor: User | None, product: Product, wanted: Sequence[Making]
) -> list[Requirement]:
    """Drafts, each with its first revision and criteria. Raises AtFault, with the ValidationError of the first at fault.

    Up to twelve queries, however many.
    """
    made = _built(actor, product, wanted)
    _add_criteria(product, made, wanted)
    Requirement.objects.bulk_create([one.requirement for one in made])
    for one in made:
        one.revision.requirement = one.requirement
        pairs = [(criterion.key, criterion.fingerprint) for criterion in one.criteria]
        one.revision.fingerprint = fingerprint_with(one.revision, pairs)
    Revision.objects.bulk_create([one.revision for one in made])
    for one in made:
        for criterion in one.criteria:
            criterion.revision = one.revision
    criteria = [criterion for one in made for criterion in one.criteria]
    Criterion.objects.bulk_create(criteria)
    _tell(actor, product, made, criteria)
    return [one.requirement for one in made]


def _built(actor: User | None, product: Product, wanted: Sequence[Making]) -> list[_Made]:
    asked = [one.fields.get("number") for one in wanted]
    taken = _taken(product, asked)
    made = []
    numbers, positions = take_numbers(product, asked), next_positions(product, len(wanted))
    for place, (making, number, position) in enumerate(zip(wanted, numbers, positions, strict=True)):
        identity = {name: value for name, value in making.fields.items() if name in IDENTITY}
        words = {name: value for name, value in making.fields.items() if name in PARTS}
        requirement = Requirement(
            product=product, number=number, **({"owner": actor, "position": position} | identity)
        )
        revision = Revision(number=1, author=actor, **words)
        if number in taken:
            raise AtFault(place, ValidationError(f"There is a number {number} in {product.key} already."))
        taken.add(number)
        _checked(place, lambda: check_row(requirement))  # noqa: B023
        _checked(place, lambda: check_row(revision, without=("fingerprint",)))  # noqa: B023
        made.append(_Made(requirement, revision))
    return made


def _taken(product: Product, asked: Iterable[int | None]) -> set[int]:
    """Of the numbers that are brought along those that are there. One query, none without."""
    given = [number for number in asked if number is not None]
    rows = product.requirements.filter(number__in=given)
    return set(rows.values_list("number", flat=True)) if given else set()


def _add_criteria(product: Product, made: Sequence[_Made], wanted: Sequence[Making]) -> None:
    """Two queries, none without criteria."""
    named = [fields for making in wanted for _, fields in making.criteria]
    if not named:
        return
    scorers = newest_scorers(fields["scorer"].pk for fields in named if fields.get("scorer"))
    newest = product.rival_sets.order_by("-number").first()
    for place, (one, making) in enumerate(zip(made, wanted, strict=True)):
        found: dict[str, Criterion] = {}
        for key, fields in making.criteria:
            name = key or f"AC-{_last_number(found) + 1}"
            criterion = fill_criterion(found.get(name) or Criterion(key=name), fields, lambda: newest)
            scorer = scorers.get(criterion.scorer_id or 0)
            _checked(place, lambda: check_criterion(criterion, scorer))  # noqa: B023
            criterion.fingerprint = fingerprint_of(criterion)
            found[name] = criterion
        one.criteria = list(found.values())


def _last_number(keys: Iterable[str]) -> int:
    return max((int(key[3:]) for key in keys if key.startswith("AC-") and key[3:].isdecimal()), default=0)


def _checked(place: int, check: Callable[[], Result]) -> Result:
    try:
        return check()
    except ValidationError as reason:
        raise AtFault(place, reason) from reason


def _tell(actor: User | None, product: Product, made: Sequence[_Made], criteria: Sequence[Criterion]) -> None:
    created = [
        Alike([(one.requirement.pk, one.requirement.key)], {}, {"title": one.revision.title}) for one in made
    ]
    for verb, alike in (("requirement.created", created), ("criterion.saved", told_of_criteria(criteria))):
        if alike:
            record_many(actor=actor, verb=verb, noun="requirement", product=product.key, alike=alike)
