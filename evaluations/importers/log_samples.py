"""The rows of a log looked at once: counted, checked and laid down on a disk as cases and as lines of a push, however many there are."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from evaluations.canonical import CanonicalError, canonical_json
from evaluations.importers.cases import BadRow, CaseRow, checked_key, made_key
from evaluations.importers.logs import LogSample, LogTask, NotALog, as_written, scorer_slug
from evaluations.importers.results import MAX_LINE
from evaluations.scorers.types import Scored

MAX_ROWS = 200_000
MAX_EPOCHS = 100
SHOWN = 50
Entry = TypeVar("Entry")
_written = json.JSONEncoder().encode
_sorted = json.JSONEncoder(sort_keys=True).encode


@dataclass
class Progress:
    """How far an import is, for whoever watches it from another thread. expected: 0 where nobody knows."""

    step: str = "reading"
    rows: int = 0
    expected: int = 0

    def through(self, step: str, entries: Iterable[Entry], expected: int | None) -> Iterator[Entry]:
        """The entries, counted as they go by."""
        self.step, self.rows, self.expected = step, 0, expected or 0
        for entry in entries:
            yield entry
            self.rows += 1


@dataclass
class ScorerSums:
    """What one scorer said over the rows. n: rows with a score; total: their sum; binary: each 0 or 1; low, high: of the values."""

    name: str
    n: int = 0
    total: float = 0.0
    binary: bool = True
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, value: float) -> None:
        self.n += 1
        self.total += value
        self.binary = self.binary and value in (0.0, 1.0)
        self.low, self.high = min(self.low, value), max(self.high, value)

    @property
    def mean(self) -> float | None:
        return self.total / self.n if self.n else None


@dataclass
class LaidOut:
    """Rows of a task, ready to be stored. rows: how many; cases: digest of input and target by key; digest: over all content, in any order.

    scorers: by the slug they have here; errors: rows without a result; unscored: rows with an answer that no scorer scored.
    problems: why rows or scores were left out, the first 50, counted by sentence. models: ids that replies named.
    """

    tool: str
    cases_file: IO[bytes]
    lines_file: IO[bytes]
    rows: int = 0
    errors: int = 0
    unscored: int = 0
    epochs: int = 1
    cases: dict[str, bytes] = field(default_factory=dict)
    scorers: dict[str, ScorerSums] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    models: set[str] = field(default_factory=set)
    first: list[CaseRow] = field(default_factory=list)
    total: int = 0
    slugs: dict[str, str] = field(default_factory=dict)
    whole: bool = True

    def slug_of(self, scorer: str) -> str:
        """The slug of a scorer by the log's name for it; two names never share one."""
        if scorer not in self.slugs:
            slug, number = scorer_slug(self.tool, scorer), 1
            while slug in self.slugs.values():
                number += 1
                slug = f"{scorer_slug(self.tool, scorer)[:46]}-{number}"
            self.slugs[scorer] = slug
        return self.slugs[scorer]

    @property
    def digest(self) -> str:
        return f"{self.total:064x}"

    def case_rows(self) -> Iterator[CaseRow]:
        """The cases in the log's order."""
        self.cases_file.seek(0)
        for number, line in enumerate(self.cases_file, start=1):
            key, asked, target, metadata = json.loads(line)
            yield CaseRow(number, key, asked, target, metadata=metadata)

    def lines(self) -> Iterator[bytes]:
        """The rows as lines of a push."""
        self.lines_file.seek(0)
        yield from self.lines_file


@contextmanager
def laid_out(
    task: LogTask, *, most: int | None = None, progress: Progress | None = None
) -> Iterator[LaidOut]:
    """Read the task's rows to their end. Raises NotALog for what is broken or beyond the limits; then nothing of it is used.

    most: read no more rows than that, for a look; `whole` then says whether there were more.
    """
    with TemporaryFile() as cases_file, TemporaryFile() as lines_file:
        found = LaidOut(task.tool, cases_file, lines_file)
        rows = _as_written(task.samples()) if task.samples else iter(())
        for sample in progress.through("reading", rows, task.meant) if progress else rows:
            if most is not None and found.rows >= most:
                found.whole = False
                break
            if found.rows == MAX_ROWS:
                raise NotALog(f"The log has more than {MAX_ROWS:,} rows.")
            _lay(found, sample)
        found.epochs = max(found.epochs, min(task.epochs, MAX_EPOCHS))
        yield found


def _as_written(rows: Iterator[LogSample]) -> Iterator[LogSample]:
    while True:
        with as_written():
            row = next(rows, None)
        if row is None:
            return
        yield row


def _lay(found: LaidOut, sample: LogSample) -> None:
    found.problems.update(sample.problems)
    if not 1 <= sample.epoch <= MAX_EPOCHS:
        found.problems[f"A row of try {sample.epoch} is left out: tries count from 1 to {MAX_EPOCHS}."] += 1
        return
    asked, target = clean(sample.input), clean(sample.target)
    key = _key(sample.key, asked, target)
    try:
        asked_as, target_as = canonical_json(asked), canonical_json(target)
        # The digest is over what was asked and wanted: solvers write into metadata while they run.
        digest = sha256(f"{asked_as}\n{target_as}".encode()).digest()[:16]
        known = found.cases.get(key)
        if known is None:
            metadata = clean(dict(sample.metadata))
            case = f"[{_written(key)},{asked_as},{target_as},{canonical_json(metadata)}]\n".encode()
    except CanonicalError as error:
        found.problems[f"A row cannot be kept as a case: {str(error)[:120]}"] += 1
        return
    if known is None:
        if len(case) > MAX_LINE:
            found.problems[f"A row's input is longer than {MAX_LINE >> 20} MB; it is left out."] += 1
            return
        found.cases[key] = digest
        found.cases_file.write(case)
        if len(found.first) < 5:
            found.first.append(CaseRow(found.rows + 1, key, asked, target, metadata=metadata))
    elif known != digest:
        found.problems["A row has the id of another one and other content; it is left out."] += 1
        return
    _lay_line(found, sample, key)


def _lay_line(found: LaidOut, sample: LogSample, key: str) -> None:
    scores = {found.slug_of(name): _scored(scored) for name, scored in sample.scores.items()}
    line: dict[str, Any] = {"case": key, "repeat": sample.epoch}
    if sample.error:
        line["error"] = {"class": "infrastructure", "message": text(sample.error)[:300]}
        found.errors += 1
    else:
        line |= {"output": text(sample.output or "")} if sample.output is not None or not scores else {}
        line |= {"scores": scores} if scores else {}
        line |= {} if sample.latency_ms is None else {"latency_ms": sample.latency_ms}
        line |= {"usage": dict(sample.usage)} if sample.usage else {}
        found.unscored += not scores
        for name, scored in sample.scores.items():
            found.scorers.setdefault(found.slug_of(name), ScorerSums(name)).add(
                scored.numerator / scored.denominator
            )
    content = [
        key,
        sample.epoch,
        line.get("output"),
        "error" in line,
        {name: one["num"] for name, one in scores.items()},
    ]
    found.total = (found.total + int.from_bytes(sha256(_sorted(content).encode()).digest())) % (1 << 256)
    found.rows += 1
    found.epochs = max(found.epochs, sample.epoch)
    if sample.model and len(found.models) < SHOWN:
        found.models.add(text(sample.model)[:200])
    found.lines_file.write(_written(line).encode() + b"\n")


def _scored(scored: Scored) -> dict[str, Any]:
    told: dict[str, Any] = {"num": scored.numerator}
    told |= {"den": scored.denominator} if scored.denominator != 1 else {}
    told |= {"label": text(scored.label)[:120]} if scored.label else {}
    return told | ({"rationale": text(scored.rationale)[:10_000]} if scored.rationale else {})


def _key(given: str, asked: Any, target: Any) -> str:
    try:
        return checked_key(text(given)) or made_key(asked, target)
    except BadRow:
        return made_key(text(given), target)
    except CanonicalError:
        return "case-" + sha256(repr(asked).encode()).hexdigest()[:12]


def text(value: str) -> str:
    """As the database can hold it: no NUL, no half characters."""
    if "\x00" not in value and value.isascii():
        return value
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def clean(value: Any, depth: int = 0) -> Any:
    """A JSON value without what cannot be kept; NaN and Infinity become their names."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if depth > 20:
        return text(str(value))[:1000]
    if isinstance(value, list):
        return [clean(entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {text(name): clean(entry, depth + 1) for name, entry in value.items()}
    return value
