"""Two revisions side by side, word by word, and what requirements are called by their newest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.importers import vocabulary
from capabilities.models import Criterion, Revision
from capabilities.queries.criterion_words import criterion_words, distance, newest_scorers, unit_of_criterion
from evaluations.differences import Change, word_diff
from evaluations.models import ScorerVersion

PARTS = ("title", "while_part", "when_part", "where_part", "if_part", "shall", "rationale", "out_of_scope")
LABELS = {name: vocabulary.LABELS[name] for name in PARTS}
EXAMPLE = {"input": "Input", "good": "✓ Good", "bad": "✕ Bad"}


@dataclass(frozen=True)
class PartRow:
    """One part of the text, or one criterion; changed: whether the two differ."""

    label: str
    pieces: Sequence[Change]
    changed: bool


def compare_revisions(a: Revision, b: Revision) -> list[PartRow]:
    """Every part that one of them has, then the examples in their order, then the criteria by key. Four queries."""
    rows = [part_row(label, getattr(a, name), getattr(b, name)) for name, label in LABELS.items()]
    rows += [
        part_row(f"Example {number}", example_text(one), example_text(other))
        for number, (one, other) in enumerate(_pairs(a.examples, b.examples), start=1)
    ]
    criteria_a, criteria_b = dict(criteria_in_words(a)), dict(criteria_in_words(b))
    rows += [
        part_row(key, criteria_a.get(key, ""), criteria_b.get(key, ""))
        for key in sorted({*criteria_a, *criteria_b})
    ]
    return [row for row in rows if row.pieces]


def _pairs(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Examples of the same input side by side, then what is left in its order; an empty one where there is none."""
    rest = list(after)
    pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    for one in before:
        same = next((other for other in rest if other.get("input") == one.get("input")), {})
        if same:
            rest.remove(same)
        pairs.append((one, same))
    pairs = [(one, other or (rest.pop(0) if rest else {})) for one, other in pairs]
    return pairs + [({}, one) for one in rest]


def example_text(example: Mapping[str, Any]) -> str:
    """An example as lines of text."""
    lines = ((name, str(example.get(name) or "")) for name in ("input", "good", "bad"))
    return "\n".join(f"{EXAMPLE[name]}: {text}" for name, text in lines if text)


def compare_pairs(pairs: Sequence[tuple[Revision, Revision]]) -> dict[int, list[PartRow]]:
    """By requirement id every part in which two of its revisions differ. Two queries, however many pairs."""
    ids = [revision.pk for pair in pairs for revision in pair]
    criteria = list(Criterion.objects.filter(revision__in=ids).select_related("scorer", "rival_set"))
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    words: dict[int, dict[str, str]] = defaultdict(dict)
    for one in criteria:
        words[one.revision_id][one.key] = in_full(one, scorers.get(one.scorer_id or 0))
    found = {}
    for a, b in pairs:
        texts = [(label, getattr(a, name), getattr(b, name)) for name, label in LABELS.items()]
        texts += [
            (f"Example {number}", example_text(one), example_text(other))
            for number, (one, other) in enumerate(_pairs(a.examples, b.examples), start=1)
        ]
        was, now = words[a.pk], words[b.pk]
        texts += [(key, was.get(key, ""), now.get(key, "")) for key in sorted({*was, *now})]
        found[a.requirement_id] = [part_row(*text) for text in texts if text[1] != text[2]]
    return found


def criteria_in_words(revision: Revision) -> list[tuple[str, str]]:
    """(key, sentence with everything that decides) of each criterion. Two queries."""
    criteria = list(revision.criteria.select_related("scorer", "rival_set"))
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    return [(one.key, in_full(one, scorers.get(one.scorer_id or 0))) for one in criteria]


def in_full(criterion: Criterion, version: ScorerVersion | None) -> str:
    """The sentence with everything that decides. No query where its scorer and rival set are loaded."""
    words = criterion_words(criterion, version)
    parts = [words]
    if not criterion.measurable:
        return f"{words}: {criterion.not_measurable_reason}"
    if criterion.tolerance:
        parts.append(f"tolerance {distance(criterion.tolerance, unit_of_criterion(criterion, version))}")
    if criterion.statistic == Criterion.Statistic.PASS_ALL and criterion.case_keys:
        parts.append(f"the cases {', '.join(criterion.case_keys)}")
    if criterion.confidence != 0.95:
        parts.append(f"sure to {criterion.confidence * 100:g} %")
    if criterion.min_n:
        parts.append(f"at least {criterion.min_n} cases")
    if criterion.min_repeats > 1:
        parts.append(f"at least {criterion.min_repeats} tries each")
    if criterion.reach == Criterion.Reach.THESE:
        parts.append("on these cases only")
    parts.append("must" if criterion.must else "should")
    return ", ".join(parts)


def conflict(
    theirs: Mapping[str, Any], mine: Mapping[str, Any], seen: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What somebody else changed since `seen`: label, their text, mine, and the words between them; taken: mine was not changed.

    Without what was seen every difference between the two counts.
    """
    rows = []
    for name, label in {**LABELS, "examples": "Examples"}.items():
        their_text, my_text = _text(theirs.get(name)), _text(mine.get(name))
        if their_text == (_text(seen[name]) if name in seen else my_text):
            continue
        taken = name in seen and my_text == _text(seen[name])
        rows.append(
            {
                "label": label,
                "theirs": their_text,
                "mine": my_text,
                "taken": taken or my_text == their_text,
                "pieces": word_diff(their_text, my_text),
            }
        )
    return rows


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n\n".join(example_text(one) for one in value)
    return str(value or "").replace("\r\n", "\n").strip()


def part_row(label: str, before: str, after: str) -> PartRow:
    """One part of two texts, word by word."""
    return PartRow(label, word_diff(before, after) if before or after else [], before != after)


def newest_titles(requirement_ids: Iterable[int]) -> dict[int, str]:
    """What each requirement is called by its newest text, agreed or not. One query."""
    rows = Revision.objects.filter(requirement__in=requirement_ids).exclude(status=Revision.Status.DISCARDED)
    return dict(rows.order_by("number").values_list("requirement", "title"))
