"""What the address of a comparison names, and short addresses that lead to whole ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from evaluations.models import Run, ScorerVersion, Side
from evaluations.queries.comparison_many import LETTERS, MOST_COLUMNS
from evaluations.queries.differences import Varies
from evaluations.queries.pairs import finished_runs, newest_own_run, newest_run, rival_runs
from evaluations.queries.scores import shared_scorers
from evaluations.queries.vectors import Slice
from evaluations.views.content import part_of
from evaluations.views.paging import whole_number

VARIES = {"model": "model", "prompt": "prompt", "system": "whole system"}
SHORT = ("evaluation", "selected", "rivals")
MOST_NAMED = 40


@dataclass(frozen=True)
class Chosen:
    """What the address names. runs: A first, at most eight; scorers: those A shares with another, the main one first.

    scorer: A's version of the one asked for; same: how far apart two results may lie and still count as the same, in the scorer's unit,
    None where nobody asks; notes: what could not be followed, as sentences.
    """

    runs: Sequence[Run]
    scorers: Sequence[ScorerVersion]
    scorer: ScorerVersion | None
    part: Slice | None
    varies: Varies
    notes: list[str]
    same: float | None = None

    @property
    def a(self) -> Run | None:
        return self.runs[0] if self.runs else None

    @property
    def b(self) -> Run | None:
        return self.runs[1] if len(self.runs) > 1 else None

    @property
    def distance(self) -> str:
        """What a distance between two scores is written in."""
        return _distance(self.scorer)

    @property
    def others(self) -> Sequence[Run]:
        return self.runs[1:]

    @property
    def lettered(self) -> list[tuple[str, Run]]:
        return list(zip(LETTERS, self.runs, strict=False))

    @property
    def full(self) -> bool:
        return len(self.runs) >= MOST_COLUMNS


def chosen_from(request: HttpRequest) -> Chosen:
    """Two queries."""
    notes: list[str] = []
    runs = _runs(request, notes)
    scorers = shared_scorers(runs) if len(runs) > 1 else []
    asked = request.GET.get("scorer", "")
    scorer = next((one for one in scorers if one.scorer.slug == asked), scorers[0] if scorers else None)
    if len(runs) > 1 and not scorers:
        notes.append(
            "These runs share no scorer, so there is nothing to compare. Choose runs of one evaluation."
        )
    varies = request.GET.get("varies", "")
    known: dict[str, Varies] = {"model": "model", "prompt": "prompt", "system": "system"}
    part = part_of(request.GET, notes)
    same = _same(request.GET.get("same", ""), scorer, notes)
    return Chosen(runs, scorers, scorer, part, known.get(varies, _varying(runs)), notes, same)


def _distance(scorer: ScorerVersion | None) -> str:
    return "points" if scorer is None or scorer.unit == "rate" else scorer.unit


def _same(text: str, scorer: ScorerVersion | None, notes: list[str]) -> float | None:
    """A distance above 0; rates are written in points."""
    if not text.strip() or scorer is None:
        return None
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        unit = _distance(scorer)
        notes.append(
            f"“{text[:40]}” is no distance. Write how many {unit} apart still counts as the same, e.g. 2."
        )
        return None
    return found / 100 if scorer.unit == "rate" else found


def _runs(request: HttpRequest, notes: list[str]) -> list[Run]:
    """The runs the address names, each once. Without A there is nothing to set others against."""
    first, others = request.GET.get("run", ""), [text for text in request.GET.getlist("against") if text]
    asked = [first, *others] if first else others
    if len(asked) > MOST_COLUMNS:
        notes.append(
            f"A comparison holds {MOST_COLUMNS} columns: the first {MOST_COLUMNS} of {len(asked)} are shown."
        )
        asked = asked[:MOST_COLUMNS]
    known = finished_runs().in_bulk([whole_number(text) for text in asked]) if asked else {}
    runs: list[Run] = []
    for text in asked:
        run = known.get(whole_number(text))
        if run is None:
            notes.append(f"There is no finished run {text[:120]}.")
        elif run in runs:
            notes.append(f"Run {run.pk} is named twice; it has one column.")
        else:
            runs.append(run)
    return runs if not first or (runs and runs[0].pk == whole_number(first)) else []


def _varying(runs: Sequence[Run]) -> Varies:
    """What seems meant to vary: the prompt when one model version ran several evaluation versions, else the model."""
    versions = {run.model_version_id for run in runs}
    evaluations = {run.evaluation_version_id for run in runs}
    return "prompt" if len(versions) == 1 and len(evaluations) > 1 else "model"


def whole_address(request: HttpRequest) -> str | None:
    """The query string that a short one stands for, or None for one that is whole already.

    `evaluation=` with `version=` (or our newest) and any `against_version=` names the newest runs; `rivals=all` adds the newest run of
    every competitor on the same evaluation version; `selected=` names ticked runs in any order, of which ours goes first.
    """
    if not any(request.GET.get(name) for name in SHORT):
        return None
    query = request.GET.copy()
    named = [_a(request), *_against(request)]
    for name in (*SHORT, "version", "against_version", "run", "against"):
        query.pop(name, None)
    runs = list(dict.fromkeys(pk for pk in [*named, *_ticked(request)] if pk))
    if request.GET.get("rivals") and named[0]:
        runs += [pk for pk in _rivals(named[0]) if pk not in runs]
    names = [*([] if named[0] else _lost(request)), *runs][:MOST_NAMED]
    pairs = [("run" if place == 0 else "against", name) for place, name in enumerate(names)]
    return "&".join(filter(None, [query.urlencode(), urlencode(pairs)]))


def _lost(request: HttpRequest) -> list[str]:
    """A first run that was asked for by names and is not there, in words: the page says so."""
    evaluation, version = request.GET.get("evaluation", ""), request.GET.get("version", "")
    return [f"of {version or 'ours'} on {evaluation}"] if evaluation else []


def _a(request: HttpRequest) -> int:
    """The id of the first run an address names, 0 without one."""
    evaluation = request.GET.get("evaluation", "")
    if not evaluation:
        return whole_number(request.GET.get("run", ""))
    version = request.GET.get("version", "")
    run = newest_run(evaluation, version) if version else newest_own_run(evaluation)
    return run.pk if run else 0


def _against(request: HttpRequest) -> list[int]:
    evaluation = request.GET.get("evaluation", "")
    found = [whole_number(text) for text in request.GET.getlist("against")]
    for version in request.GET.getlist("against_version")[:MOST_COLUMNS]:
        run = newest_run(evaluation, version) if evaluation and version else None
        found += [run.pk] if run else []
    return found


def _ticked(request: HttpRequest) -> list[int]:
    """Rows ticked on a leaderboard or in a round, ours first."""
    ids = [whole_number(text) for text in request.GET.getlist("selected")[:MOST_NAMED]]
    known = finished_runs().in_bulk(ids) if ids else {}
    return sorted(
        (pk for pk in ids if pk in known), key=lambda pk: known[pk].model_version.model.side != Side.OWN
    )


def _rivals(first: int) -> list[int]:
    run = finished_runs().filter(pk=first).first()
    return [rival.pk for rival in rival_runs(run)] if run else []
