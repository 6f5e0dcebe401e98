"""What an import would do, row by row, before anything is stored."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from capabilities.exporters.criteria import criterion_line
from capabilities.importers import Mistake, RequirementFile, Written, Wrong
from capabilities.importers.vocabulary import LABELS
from capabilities.lint import refusals
from capabilities.models import Criterion, Product, Requirement, Revision
from capabilities.queries.import_links import Links, LinksPlan, number_of
from capabilities.queries.import_names import Names, Wishes, missing_rivals, names_for
from capabilities.queries.import_parts import Part, plain_examples, shown_examples
from capabilities.queries.requirement_files import (
    DECIDING,
    TEXTS,
    criterion_fields,
    newest_revisions,
    same_written,
    written,
)
from evaluations.canonical import sha256_of

TEXT = (*TEXTS, "examples", "change_kind", "note")
ONLY_WITH_TEXT = ("change_kind", "note")
PLACE = ("capability", "objective", "owner", "priority", "intent", "kind", "target", "tags")
CLOSED = (Requirement.Lifecycle.DEFERRED, Requirement.Lifecycle.REJECTED, Requirement.Lifecycle.RETIRED)


@dataclass(frozen=True)
class CriterionPlan:
    """A criterion to write. key: empty for the next one."""

    key: str
    fields: Mapping[str, Any]


@dataclass
class PlannedRow:
    """What becomes of a row. text, place: what is written where; parts: what a reader sees change, word by word."""

    row: Written
    requirement: Requirement | None
    title: str
    number: int | None = None
    text: dict[str, Any] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    criteria: list[CriterionPlan] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    links: LinksPlan = field(default_factory=LinksPlan)
    parts: list[Part] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.mistakes:
            return "wrong"
        if self.requirement is None:
            return "new"
        differs = self.changes_text or self.place or self.links.added or self.links.removed
        return "changed" if differs else "unchanged"

    @property
    def changes_text(self) -> bool:
        return bool(self.text or self.criteria or self.removed)

    @property
    def opens_revision(self) -> bool:
        return bool(self.requirement and self.changes_text and self.requirement.lifecycle == "approved")


@dataclass(frozen=True)
class ImportPlan:
    """rows: in the file's order. mistakes: all of them by line. seen: of what is there now, so that a change meanwhile is noticed."""

    rows: Sequence[PlannedRow]
    mistakes: Sequence[Mistake]
    names: Names
    counts: Mapping[str, int]
    seen: str

    @property
    def good(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.state in {"new", "changed"}]


def plan_import(product: Product, file: RequirementFile, wishes: Wishes | None = None) -> ImportPlan:
    """Eight queries, up to eight more for what the file names; however many rows."""
    names = names_for(product, file, wishes or Wishes())
    existing = _existing(product, file)
    revisions = newest_revisions(existing.values())
    links = Links(product, file)
    from_file: dict[int, list[Mistake]] = {}
    for mistake in file.mistakes:
        from_file.setdefault(mistake.row, []).append(mistake)
    rows = []
    for row in file.rows:
        planned = _Planner(names, file, existing, revisions, row).plan()
        planned.links = links.plan(row, planned.requirement)
        planned.parts += planned.links.parts
        planned.mistakes += [Mistake(row.line, reason, row.line) for reason in planned.links.wrong]
        planned.mistakes[:0] = from_file.pop(row.line, [])
        rows.append(planned)
    others = [mistake for found in from_file.values() for mistake in found]
    others += _about_the_whole(names, file)
    mistakes = [*others, *(mistake for planned in rows for mistake in planned.mistakes)]
    return ImportPlan(
        rows=rows,
        mistakes=sorted(mistakes, key=lambda one: one.line),
        names=names,
        counts=Counter(planned.state for planned in rows),
        seen=_seen(rows, revisions),
    )


def _existing(product: Product, file: RequirementFile) -> dict[int, Requirement]:
    """By number. One query."""
    numbers = {number_of(row.key) for row in file.rows if row.key}
    rows = product.requirements.filter(number__in=numbers)
    return {one.number: one for one in rows.select_related("product", "capability", "objective", "owner")}


def _about_the_whole(names: Names, file: RequirementFile) -> list[Mistake]:
    """One query."""
    missing = missing_rivals(names, file.around.rival_sets)
    if not missing:
        return []
    return [
        Mistake(
            0,
            f"Rival sets name models that are no competitors here: {', '.join(missing[:20])}. Add them first.",
        )
    ]


def _seen(rows: Sequence[PlannedRow], revisions: Mapping[int, Revision]) -> str:
    """Of every requirement a row speaks of, and what would become of it."""
    told = []
    for planned in rows:
        found = revisions.get(planned.requirement.pk) if planned.requirement else None
        told.append(
            [planned.row.line, planned.state, found.pk if found else 0, found.edit_count if found else 0]
        )
    return sha256_of(told)


@dataclass
class _Planner:
    names: Names
    file: RequirementFile
    existing: Mapping[int, Requirement]
    revisions: Mapping[int, Revision]
    row: Written
    before: dict[str, Any] = field(default_factory=dict)

    def plan(self) -> PlannedRow:
        number = number_of(self.row.key) if self.row.key else None
        requirement = self.existing.get(number) if number and self._own_key() else None
        if requirement:
            self.before = written(requirement, self.revisions[requirement.pk])
        title = str(self.row.fields.get("title") or self.before.get("title") or "")
        self.planned = PlannedRow(self.row, requirement, title, number)
        self._check_key(requirement)
        self._text()
        for name in PLACE:
            self._try(LABELS[name], name, partial(self._place, name))
        if "criteria" in self.row.fields:
            self._criteria(self.revisions[requirement.pk] if requirement else None)
        if requirement and self.planned.changes_text:
            self._check_open(requirement)
        return self.planned

    def _wrong(self, label: str, reason: str, name: str = "key") -> None:
        line = self.row.lines.get(name, self.row.line)
        self.planned.mistakes.append(Mistake(line, f"{label}: {reason}", self.row.line))

    def _try(self, label: str, name: str, deed: Callable[[], None]) -> None:
        try:
            deed()
        except Wrong as wrong:
            self._wrong(label, str(wrong), name)

    def _own_key(self) -> bool:
        return self.file.exact or self.row.key.rpartition("-")[0] == self.names.product.key

    def _check_key(self, requirement: Requirement | None) -> None:
        key, product = self.row.key, self.names.product.key
        foreign = bool(key) and key.rpartition("-")[0] != product
        if foreign and not self.file.exact:
            self._wrong("Key", f"{key} is of another product; here keys begin with {product}-.")
        elif foreign and requirement and not self.names.wishes.other_product:
            self._wrong(
                "Key",
                f"{key} is of another product, and {requirement.key} is there already; say that its number is kept.",
            )
        elif key and requirement is None and not self.file.exact:
            self._wrong("Key", f"there is no {key}; leave the key empty for a new requirement.")

    def _check_open(self, requirement: Requirement) -> None:
        if self.revisions[requirement.pk].status == Revision.Status.IN_REVIEW:
            self._wrong(
                "Key", f"{requirement.key} is in review; send it back to draft before its text changes."
            )
        elif requirement.lifecycle in CLOSED:
            state = requirement.get_lifecycle_display().lower()
            self._wrong("Key", f"{requirement.key} is {state}; reopen it before its text changes.")

    def _text(self) -> None:
        fields, planned = self.row.fields, self.planned
        changed = {
            name: fields[name] for name in TEXT if name in fields and self._differs(name, fields[name])
        }
        if all(name in ONLY_WITH_TEXT for name in changed) and self.before:
            changed = {}
        planned.text = changed
        shown = [name for name in TEXT if name in changed and (changed[name] or self.before)]
        planned.parts += [self._part(name, changed[name]) for name in shown]

    def _differs(self, name: str, value: Any) -> bool:
        if not self.before:
            return True
        if name == "examples" and not self.file.exact:
            return bool(plain_examples(self.before["examples"]) != value)
        return not same_written(self.before, name, value, exact=self.file.exact)

    def _part(self, name: str, value: Any) -> Part:
        old = self.before.get(name, "")
        before, after = (shown_examples(old), shown_examples(value)) if name == "examples" else (old, value)
        return Part(LABELS[name], before, after)

    def _place(self, name: str) -> None:
        if name not in self.row.fields:
            return
        value, old = self.row.fields[name], self.before.get(name, [] if name == "tags" else "")
        found = value
        if name in {"capability", "objective", "owner"}:
            found = getattr(self.names, name)(value)
            value = (
                _name_of(found) if found is not None else value.strip() if value in self.names.coming else ""
            )
        elif name in {"priority", "intent", "kind"} and not value:
            return
        if self.before and value == old:
            return
        self.planned.place[name] = found
        shown = [", ".join(each) if isinstance(each, list) else str(each) for each in (old, value)]
        if shown[0] or shown[1]:
            self.planned.parts.append(Part(LABELS[name], *shown))

    def _criteria(self, revision: Revision | None) -> None:
        current = {one.key: one for one in revision.criteria.all()} if revision else {}
        kept: set[str] = set()
        wanted = self.row.fields["criteria"]
        named = {one["key"] for one in wanted if one["key"]}
        for position, one in enumerate(wanted):
            same = current.get(one["key"]) or _twin(one, current, named | kept)
            kept.add(same.key if same else one["key"])
            self._try(
                f"Criterion {position + 1}",
                f"criterion.{position + 1}",
                partial(self._criterion, position, one, same),
            )
        for key in sorted(set(current) - kept):
            self.planned.removed.append(key)
            self.planned.parts.append(Part(key, criterion_line(criterion_fields(current[key])), ""))

    def _criterion(self, position: int, one: Mapping[str, Any], same: Criterion | None) -> None:
        fields = {name: one[name] for name in DECIDING}
        fields["scorer"] = self.names.scorer(one["scorer"])
        if one["scorer"] and fields["scorer"] is None and not fields["not_measurable_reason"]:
            fields["not_measurable_reason"] = f"The scorer {one['scorer']} is not on this site yet."
        fields["rival_set"] = self.names.rival_set(one["rival_set"])
        if same and one["rival_set"] is None and one["against"] == "competitors":
            fields["rival_set"] = same.rival_set
        key = same.key if same else str(one["key"])
        line = criterion_line({**one, **{name: fields[name] for name in DECIDING}, "key": key})
        old = criterion_fields(same) if same else None
        if old is not None and same is not None and _same_criterion(fields, same):
            return
        found = refusals(
            Criterion(**fields), self.names.newest.get(fields["scorer"].pk if fields["scorer"] else 0)
        )
        if found:
            raise Wrong(" ".join(finding.words for finding in found))
        self.planned.criteria.append(CriterionPlan(key, fields if same else {**fields, "position": position}))
        self.planned.parts.append(Part(key or "New criterion", criterion_line(old) if old else "", line))


def _same_criterion(fields: Mapping[str, Any], same: Criterion) -> bool:
    return all(getattr(same, name) == fields[name] for name in (*DECIDING, "scorer", "rival_set"))


def _twin(one: Mapping[str, Any], current: Mapping[str, Criterion], taken: set[str]) -> Criterion | None:
    """The criterion that says the same as one without a key."""
    if one["key"]:
        return None
    bare = {**one, "key": ""}
    return next(
        (
            row
            for row in current.values()
            if row.key not in taken and {**criterion_fields(row), "key": ""} == bare
        ),
        None,
    )


def _name_of(found: Any) -> str:
    return str(getattr(found, "slug", "") or getattr(found, "title", "") or getattr(found, "username", ""))
