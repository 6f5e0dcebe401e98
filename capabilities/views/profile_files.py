"""The profile of a version as Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from capabilities.importers.markdown_text import inline
from config.words import difference, duration, money, percent, range_text, score, trend_words

SHOWN = 40
GROUPS = (
    ("met", "Met"),
    ("not_met", "Not met"),
    ("open", "Not proven yet"),
    ("unmeasured", "Not measured"),
)


def profile_markdown(profile: Mapping[str, Any]) -> str:
    return "\n".join(_lines(profile)) + "\n"


def _lines(profile: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {inline(profile['model'])}: profile of {inline(profile['version'])}"
    if not profile["judged"]:
        yield from ("", "Nobody holds it to these criteria: it is read by the same rules as ours.")
    yield from _trends(profile)
    yield from _section("Ahead beyond doubt", profile["leads"], _lead)
    yield from _section("Behind beyond doubt", profile["trails"], _lead)
    for name, heading in GROUPS:
        yield from _section(heading, profile[name], _entry)
    yield from _section("Worst slices", profile["slices"], _slice)
    yield from _section("Reliability, speed and cost", profile["evaluations"], _evaluation)
    yield from _section("Claimed by the vendor, not measured here", profile["claimed"], _claim)


def _section(
    heading: str, rows: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], str]
) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"## {heading} ({len(rows)})", "")
    yield from (f"- {line(row)}" for row in rows[:SHOWN])
    if len(rows) > SHOWN:
        yield f"- and {len(rows) - SHOWN} more"


def _trends(profile: Mapping[str, Any]) -> Iterator[str]:
    if not profile["trends"]:
        return
    yield from ("", f"## Since {inline(', '.join(profile['against']))}, regressions first", "")
    yield f"| Criterion | Now | {' | '.join(inline(name) for name in profile['against'])} |"
    yield f"|---|---|{'---|' * len(profile['against'])}"
    for one in profile["trends"][:SHOWN]:
        cells = " | ".join(_step(step, one["unit"]) for step in one["steps"])
        where = f"{one['requirement']} {one['criterion']} {inline(one['title'])}"
        yield f"| {where} | {score(one['now'], one['unit'])} | {cells} |"
    if len(profile["trends"]) > SHOWN:
        yield from ("", f"and {len(profile['trends']) - SHOWN} more")


def _step(step: Mapping[str, Any], unit: str) -> str:
    if step["gain"] is None:
        return inline(step["sentence"])
    word = trend_words(step["trend"], stands=step["stands"])
    return f"{word}: {difference(step['gain'], unit)} ({range_text(step['low'], step['high'], unit, True)}), n {step['n']:,}"


def _entry(one: Mapping[str, Any]) -> str:
    waived = " (waived)" if one.get("waived") else ""
    return (
        f"{one['requirement']} {one['criterion']} {inline(one['title'])}{waived}: {inline(one['sentence'])}"
    )


def _lead(one: Mapping[str, Any]) -> str:
    span = range_text(one["low"], one["high"], one["unit"], True)
    where = f"{one['requirement']} {one['criterion']} {inline(one['title'])}"
    return f"{where}: {difference(one['point'], one['unit'])} ({span}, n {one['n']:,}) vs {inline(one['against'])}"


def _slice(one: Mapping[str, Any]) -> str:
    missed = "misses the target, corrected" if one["outcome"] == "not_met" else "not proven to miss"
    span = range_text(one["low"], one["high"], one["unit"])
    where = f"{one['requirement']} {one['criterion']}, {inline(one['slice'])}"
    return f"{where}: {score(one['point'], one['unit'])} ({span}, n {one['n']:,}); {missed} for {one['corrected_for']} slices"


def _evaluation(one: Mapping[str, Any]) -> str:
    every = one["right_every_time"]
    told = [f"{one['errors']} errors in {one['samples']} tries"]
    if every and every["point"] is not None:
        span = range_text(every["low"], every["high"])
        told.append(
            f"right every time in {every['tries']} tries: {percent(every['point'])} ({span}, n {every['n']:,})"
        )
        told.append(f"{percent(every['flaky'])} flaky")
    if one["median_ms"] is not None:
        told.append(
            f"half within {duration(one['median_ms'] / 1000)}, 95 % within {duration(one['p95_ms'] / 1000)}"
        )
    if one["cost_of_1000"] is not None:
        told.append(f"{money(one['cost_of_1000'], one['currency'])} for 1,000 cases")
    return f"{inline(one['evaluation'])}, run {one['run']}: {inline(', '.join(told))}"


def _claim(one: Mapping[str, Any]) -> str:
    said = (
        f"{one['measure']}: {one['value']}, {one['claimed_on']:%Y-%m-%d}, {one['source']}. {one['sentence']}"
    )
    return inline(f"{said} {one['conditions']}".strip())
