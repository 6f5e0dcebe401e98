"""The filters of the requirements list as a page shows them: what is chosen, and the address of every other choice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from capabilities.models import Capability, Product, Requirement
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
    "title": "title",
    "verdict": "verdict",
    "gap": "gap",
    "intent": "intent",
    "priority": "priority",
    "updated": "last change",
}
GROUPS = {"capability": "capability", "objective": "objective", "intent": "intent", "verdict": "verdict"}


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
    """Every filter: its label and its values with their words. Four queries."""
    return {
        "verdict": ("Verdict", {name: words.LABELS[name] for name in words.GLYPHS if name in _OUTCOMES}),
        "kind": ("Kind", _labels(Kind.choices)),
        "intent": ("Intent", _labels(Requirement.Intent.choices)),
        "capability": ("Capability", _capabilities(product)),
        "objective": ("Objective", {str(one.pk): one.title for one in product.objectives.all()}),
        "owner": ("Owner", {one.username: one.shown_name for one in _owners(product)}),
        "freshness": ("Freshness", dict(words.FRESHNESS)),
        "trend": ("Trend", {name: label for name, (_, label) in words.TRENDS.items() if name != "unknown"}),
        "coverage": ("Coverage", COVERAGE),
        "priority": ("Priority", _labels(Requirement.Priority.choices)),
        "lifecycle": ("Lifecycle", _labels(Requirement.Lifecycle.choices)),
        "tag": ("Tag", {tag: tag for tag in _tags(product)}),
    }


_OUTCOMES = frozenset({"met", "not_met", "inconclusive", "no_data"})
_ONE_ONLY = frozenset({"capability", "objective", "owner", "tag"})


def _labels(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


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
    return User.objects.filter(requirements__product=product).distinct()


def _tags(product: Product) -> list[str]:
    rows = product.requirements.exclude(tags=[]).order_by().values_list("tags", flat=True)
    return sorted({tag for tags in rows for tag in tags})


def menus(query: QueryDict, choices: Mapping[str, tuple[str, Mapping[str, str]]]) -> list[Menu]:
    """A menu for each filter that has something to choose."""
    return [
        Menu(
            label,
            [
                Choice(text, _switched(query, name, value), value in _chosen(query, name))
                for value, text in values.items()
            ],
        )
        for name, (label, values) in choices.items()
        if values
    ]


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
    chosen = query.get(name, default).removeprefix("-")
    return Menu(
        label,
        [
            Choice(text, _with(query, name, "" if value == default else value), value == chosen)
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


def _switched(query: QueryDict, name: str, value: str) -> str:
    chosen = _chosen(query, name)
    if name in _ONE_ONLY:
        return _with(query, name, "" if value in chosen else value)
    kept = [each for each in chosen if each != value] if value in chosen else [*chosen, value]
    return _with(query, name, ",".join(kept))


def _with(query: QueryDict, name: str, value: str) -> str:
    changed = query.copy()
    for gone in ("page", "format"):
        changed.pop(gone, None)
    if value:
        changed[name] = value
    else:
        changed.pop(name, None)
    return f"?{changed.urlencode(safe=',')}" if changed else "?"
