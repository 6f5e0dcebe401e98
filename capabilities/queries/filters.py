"""The filters of the requirements list as a page shows them: what is chosen, and the address of every other choice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import CharField, F, Func, Q, QuerySet
from django.http import QueryDict

from capabilities.models import Capability, Product, Requirement
from capabilities.queries.requirements import NONE
from config import words
from config.people.models import User
from evaluations.models import Kind, ModelVersion

COVERAGE = {
    "no_criterion": "No criterion",
    "not_linked": "Not linked",
    "never_run": "Never run",
    "not_measurable": "Not measurable yet",
    "measured": "Measured",
}
SORTS = {
    "key": "key",
    "order": "own order",
    "title": "title",
    "verdict": "verdict",
    "trend": "trend",
    "gap": "gap",
    "freshness": "freshness",
    "coverage": "coverage",
    "judged": "last verdict",
    "intent": "intent",
    "priority": "priority",
    "commitment": "commitment",
    "lifecycle": "lifecycle",
    "kind": "kind",
    "capability": "capability",
    "objective": "objective",
    "owner": "owner",
    "target": "target",
    "updated": "last change",
}
GROUPS = {
    "capability": "capability",
    "objective": "objective",
    "intent": "intent",
    "verdict": "verdict",
    "owner": "owner",
    "commitment": "commitment",
    "priority": "priority",
    "kind": "kind",
    "lifecycle": "lifecycle",
    "target": "target",
}
MARKED = {
    "self_agreed": "Self-agreed",
    "loosened": "Loosened after a miss",
    "question": "Open question or issue",
    "conflict": "Conflicts with another",
}
YES_OR_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True)
class Choice:
    """One value of a filter; url: the list with it switched."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Menu:
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the list without it."""

    label: str
    value: str
    remove_url: str


def filter_choices(product: Product) -> dict[str, tuple[str, dict[str, str]]]:
    """Every filter: its label and its values with their words. Five queries."""
    return {
        "verdict": ("Verdict", {name: words.LABELS[name] for name in words.GLYPHS if name in _OUTCOMES}),
        "kind": ("Kind", _labels(Kind.choices)),
        "intent": ("Intent", _labels(Requirement.Intent.choices)),
        "capability": ("Capability", _or_none(_capabilities(product))),
        "objective": (
            "Objective",
            _or_none({str(one.pk): one.title for one in product.objectives.all()}),
        ),
        "owner": ("Owner", _or_none({one.username: one.shown_name for one in _owners(product)})),
        "freshness": ("Freshness", dict(words.FRESHNESS)),
        "trend": ("Trend", {name: label for name, (_, label) in words.TRENDS.items() if name != "unknown"}),
        "coverage": ("Coverage", COVERAGE),
        "priority": ("Priority", _labels(Requirement.Priority.choices)),
        "lifecycle": ("Lifecycle", _labels(Requirement.Lifecycle.choices)),
        "commitment": ("Commitment", _labels(Requirement.Commitment.choices)),
        "gap": ("Gap", {"ahead": "Ahead", "behind": "Behind", "level": "Not distinguishable"}),
        "waived": ("Waived", YES_OR_NO),
        "pending": ("To be confirmed", YES_OR_NO),
        "reviewing": ("Open revision", {"draft": "Being written", "in_review": "In review"}),
        "marked": ("Marks", MARKED),
        "target": ("Target", _or_none({target: target for target in _targets(product)})),
        "tag": ("Tag", {tag: tag for tag in _tags(product)}),
    }


_OUTCOMES = frozenset({"met", "not_met", "inconclusive", "no_data"})
_ONE_ONLY = frozenset({"capability", "objective", "owner", "tag", "target"})


def _labels(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


def _or_none(values: dict[str, str]) -> dict[str, str]:
    """The values, and the choice of those that have none; nothing to choose where there are no values."""
    return {**values, NONE: "None"} if values else values


def _capabilities(product: Product) -> dict[str, str]:
    """The tree, children under their parents."""
    rows = list(product.capabilities.all())
    children: dict[int | None, list[Capability]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    found: dict[str, str] = {}

    def walk(parent: int | None, depth: int) -> None:
        for row in children.get(parent, []):
            found[row.slug] = f"{'– ' * depth}{row.name}"
            walk(row.pk, depth + 1)

    walk(None, 0)
    return found


def _owners(product: Product) -> QuerySet[User]:
    owners = product.requirements.order_by().values("owner").distinct()
    return User.objects.filter(pk__in=owners)


def _tags(product: Product) -> list[str]:
    tags = Func(F("tags"), function="unnest", output_field=CharField())
    rows = product.requirements.exclude(tags=[]).order_by().annotate(each=tags)
    return sorted(rows.values_list("each", flat=True).distinct())


def _targets(product: Product) -> list[str]:
    rows = product.requirements.exclude(target="").order_by().values_list("target", flat=True)
    return sorted(rows.distinct())


def menus(query: QueryDict, choices: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[Menu]:
    """A menu for each filter that has something to choose."""
    return [_menu(query, name, label, values) for name, (label, values) in choices.items() if values]


def _menu(query: QueryDict, name: str, label: str, values: Mapping[str, str]) -> Menu:
    chosen, address = _chosen(query, name), _addresses(query, name)
    return Menu(
        label,
        [
            Choice(text, address(_switched(name, chosen, value)), value in chosen)
            for value, text in values.items()
        ],
    )


def chips(query: QueryDict, choices: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[Chip]:
    """The filters in force, the words searched for among them."""
    found = [
        Chip(
            label,
            ", ".join(values.get(value, value).lstrip("– ") for value in chosen),
            _with(query, name, ""),
        )
        for name, (label, values) in choices.items()
        if (chosen := _chosen(query, name))
    ]
    if query.get("q"):
        found.append(Chip("Words", str(query["q"]), _with(query, "q", "")))
    return found


def choice_menu(query: QueryDict, name: str, label: str, values: Mapping[str, str], default: str) -> Menu:
    """A menu of which exactly one is chosen, e.g. the sorting."""
    chosen, address = query.get(name, default).removeprefix("-"), _addresses(query, name)
    return Menu(
        label,
        [
            Choice(text, address("" if value == default else value), value == chosen)
            for value, text in values.items()
        ],
    )


def version_choices(product: Product) -> dict[str, str]:
    """Our versions a list can be judged for. One query."""
    versions = ModelVersion.objects.active().filter(
        Q(model__products=product) | Q(pk=product.candidate_version_id)
    )
    labels = sorted({version.label for version in versions.select_related("model")})
    return {"": "the version of each kind", **{label: label for label in labels}}


def sort_url(query: QueryDict, name: str) -> str:
    """The list sorted by a column, the other way round where it is already."""
    return _with(query, "sort", f"-{name}" if query.get("sort", "key") == name else name)


def _chosen(query: QueryDict, name: str) -> list[str]:
    text = query.get(name, "")
    if not text:
        return []
    return [text] if name in _ONE_ONLY else [value for value in text.split(",") if value]


def _switched(name: str, chosen: Sequence[str], value: str) -> str:
    if name in _ONE_ONLY:
        return "" if value in chosen else value
    return ",".join([each for each in chosen if each != value] if value in chosen else [*chosen, value])


def _with(query: QueryDict, name: str, value: str) -> str:
    return _addresses(query, name)(value)


def _addresses(query: QueryDict, name: str) -> Callable[[str], str]:
    """The list's address by the value of one parameter; what stays the same in it is put together once for all the values."""
    changed = query.copy()
    for gone in ("page", "format"):
        changed.pop(gone, None)
    names = list(changed)
    place = names.index(name) if name in names else len(names)
    before, after = (
        urlencode([(each, value) for each in part for value in changed.getlist(each)], safe=",")
        for part in (names[:place], names[place + 1 :])
    )

    def address(value: str) -> str:
        own = urlencode({name: value}, safe=",") if value else ""
        return f"?{'&'.join(part for part in (before, own, after) if part)}"

    return address
