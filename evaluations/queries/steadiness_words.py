"""What a control chart says, in sentences, and as plain records. No query."""

from typing import Any

from config.words import counted, difference, range_text, score
from evaluations.models import DriftLook, ModelEvent, ScorerVersion
from evaluations.queries.steadiness import Shown, Steadiness
from evaluations.statistics import possible_ends
from evaluations.statistics.drift import FEWEST_IN_CONTROL

State = DriftLook.State
RECORD = (
    "run",
    "ended_at",
    "mean",
    "missing",
    "part",
    "smoothed",
    "low",
    "high",
    "centre",
    "outside",
    "alarm",
    "look",
    "event",
)


def sentence_of(found: Steadiness) -> str:
    """Where one scorer stands: what is still needed, steady, outside, or waiting for the run that confirms."""
    newest = next((one for one in reversed(found.looks)), None)
    if newest and newest.state == State.WAITING and newest.confirming_run:
        state = newest.confirming_run.get_state_display().lower()
        return (
            f"Run {newest.alarm_run_id} lies outside the limits. Run {newest.confirming_run_id} was ordered to confirm it "
            f"and is {state}."
        )
    if found.chart.needed:
        return _needed(found)
    if found.chart.alarm:
        return f"Outside its limits. {_unconfirmed(newest)}"
    return _steady(found)


def _needed(found: Steadiness) -> str:
    needed, there = found.chart.needed, FEWEST_IN_CONTROL - found.chart.needed
    verb = "is" if needed == 1 else "are"
    said = f"{counted(needed, 'more runs')} {verb} needed before a change can be noticed; {there} of {FEWEST_IN_CONTROL} are there."
    since = found.course.since
    return (
        f"{said} They are counted anew since {since.at:%-d %b %Y}: {event_words(since)}." if since else said
    )


def _unconfirmed(newest: DriftLook | None) -> str:
    if newest and newest.state == State.NOT_ORDERED:
        return f"No confirming run was ordered: {newest.said}"
    if newest and newest.state == State.UNKNOWN:
        return f"{newest.said} The next run on a schedule that lies outside orders another."
    return "The next run on a schedule that lies outside orders a run that confirms it or does not."


def _steady(found: Steadiness) -> str:
    watched = [place for place in found.chart.places if place.level is not None]
    rejected = sum(look.state == State.NOT_CONFIRMED for look in found.looks)
    place = watched[-1] if watched else None
    if place is None:
        return f"The first {FEWEST_IN_CONTROL} runs are the reference; from the next run on a change can be noticed."
    if place.outside:
        return "Steady: the newest run lay outside its limits, and the run that was to confirm it did not. The level begins anew."
    said = (
        f"Steady: smoothed {score(place.level, found.unit)}, within {range_text(place.low, place.high, found.unit)}, "
        f"after {counted(len(watched), 'runs')} since the first {FEWEST_IN_CONTROL}."
    )
    return f"{said} Alarms that were not confirmed: {rejected}." if rejected else said


def event_words(event: ModelEvent) -> str:
    words = event.get_kind_display()
    words = f"{words[0].lower()}{words[1:]}"
    return f"{words}: {event.before} → {event.after}" if event.before else words


def part_of(one: Shown) -> str:
    """What a run is on the chart, in words."""
    if one.confirming:
        return "confirms an alarm"
    if one.place is None:
        return "before the change"
    if one.place.mean is None:
        return "could not be read"
    return "reference" if one.place.reference else "watched"


def alarm_of(one: Shown) -> str:
    """That a run lies outside, and what became of its alarm; empty where it does not."""
    raised = [look for look in one.looks if look.alarm_run_id == one.run.pk]
    if raised:
        return f"outside its limits: {raised[-1].get_state_display().lower()}"
    return "outside its limits" if one.place and one.place.outside else ""


def answers_of(one: Shown) -> str:
    """What a run said of the alarm it was ordered for."""
    return "; ".join(
        f"look {look.number}: {look.get_state_display().lower()}"
        for look in one.looks
        if look.confirming_run_id == one.run.pk
    )


def figures_of(look: DriftLook, scorer: ScorerVersion, unit: str) -> str:
    """Before, after and the range of the difference as it is shown; empty where nothing was read."""
    told = look.result
    if told.get("difference") is None or told.get("low") is None:
        return ""
    ends = possible_ends(told["low"], told["high"], scorer.widest)
    gap = f"{difference(told['difference'], unit)}, {range_text(*ends, unit, True)}"
    return f"{score(told['before'], unit)} → {score(told['after'], unit)} ({gap})"


def records_of(found: Steadiness) -> list[dict[str, Any]]:
    """Every run of the chart in order, in the scorer's unit."""
    return [
        {
            "run": one.run.pk,
            "ended_at": one.at,
            "mean": one.line.point if one.line else None,
            "missing": one.line.missing if one.line else None,
            "part": part_of(one),
            "smoothed": one.place.level if one.place else None,
            "low": one.place.low if one.place else None,
            "high": one.place.high if one.place else None,
            "centre": one.place.centre if one.place else None,
            "outside": one.place.outside if one.place else None,
            "alarm": alarm_of(one),
            "look": answers_of(one),
            "event": event_words(one.event) if one.event else "",
        }
        for one in found.shown
    ]
