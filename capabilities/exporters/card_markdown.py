"""A model card as Markdown: every text stays in its place, whatever it holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capabilities.importers.markdown_text import block, inline, within

IDENTITY = (
    ("vendor", "Vendor"),
    ("kind", "Kind"),
    ("side", "Side"),
    ("provider", "Provider"),
    ("api_id", "API id"),
    ("stage", "Stage"),
    ("released_on", "Released"),
    ("shutdown_on", "Shutdown"),
    ("context_window", "Context in tokens"),
    ("parent", "Made from"),
    ("own_prompt", "Own prompt"),
    ("training_run", "Training run"),
    ("step", "Step"),
    ("git_sha", "Commit"),
)
GROUPS = (
    ("met", "Proven", "Nothing is proven yet."),
    ("not_met", "Limits: not met", "Nothing measured falls short."),
    ("inconclusive", "Not proven yet", ""),
    ("no_data", "Not measured", ""),
)


def card_markdown(card: Mapping[str, Any]) -> str:
    return "\n".join(_lines(card)).rstrip() + "\n"


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    who = card["identity"]
    yield from (f"# {inline(who['name'])}: {inline(card['version'])}", "")
    yield from (
        f"- {label}: {inline(str(who[name]))}" for name, label in IDENTITY if who[name] not in (None, "")
    )
    if who["floating"]:
        yield "- An alias that may change under us"
    if who["modalities"]:
        yield f"- Modalities: {inline(', '.join(who['modalities']))}"
    if who["parameters"]:
        yield f"- Parameters: {inline(json.dumps(who['parameters'], ensure_ascii=False))}"
    yield from (
        f"- Price: {inline(one['amount'])} {one['unit']}, from {one['from']}" for one in card["prices"]
    )
    for name, heading in (("description", "About"), ("terms", "Terms")):
        if who[name]:
            yield from ("", f"## {heading}", "", block(who[name]))
    yield from ("", "## Meant use", "")
    yield from (_use(one) for one in card["meant_use"])
    if not card["meant_use"]:
        yield "No product is about it."
    yield from _verdicts(card)
    yield from _list("What was expected before", [_expected(one) for one in card["expectations"]])
    yield from _measured(card)
    yield from _method(card)


def _use(one: Mapping[str, Any]) -> str:
    return f"- {inline(one['product'])}" + (f": {inline(one['description'])}" if one["description"] else "")


def _verdicts(card: Mapping[str, Any]) -> Iterator[str]:
    if card["capabilities"]:
        yield from (
            "",
            "## Capabilities",
            "",
            "| Capability | Met | Not met | Not proven yet | No data |",
            "|---|---|---|---|---|",
        )
        for one in card["capabilities"]:
            yield f"| {inline(one['name'])} | {one['met']} | {one['not_met']} | {one['inconclusive']} | {one['no_data']} |"
    if not card["requirements"]:
        yield from ("", "No agreed requirement speaks of it.")
        return
    for outcome, heading, otherwise in GROUPS:
        found = [one for one in card["requirements"] if one["outcome"] == outcome]
        if found or otherwise:
            yield from ("", f"## {heading}", "")
            yield from (line for one in found for line in _requirement(one))
            yield from () if found else (otherwise,)
    yield from _list(
        "Waivers",
        [f"{one['requirement']} {one['criterion']}: {inline(one['waived'])}" for one in card["waivers"]],
    )


def _requirement(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"- {one['key']} {inline(one['title'])}"
    for criterion in one["criteria"]:
        found = (
            f", {inline(criterion['range'])}, {criterion['n']} cases, {criterion['on']}"
            if criterion["run"]
            else ""
        )
        yield f"  - {criterion['key']} {inline(criterion['words'])}: {inline(criterion['verdict'])}{found}"


def _expected(one: Mapping[str, Any]) -> str:
    sure = f"sure to {one['confidence']:.0%}"
    return (
        f"{one['requirement']} {one['criterion']}, {inline(one['author'])}, {sure}: {inline(one['sentence'])}"
    )


def _measured(card: Mapping[str, Any]) -> Iterator[str]:
    yield from _list(
        "Weakest slices",
        [
            f"{one['requirement']} {one['criterion']}, {inline(one['slice'])}: {within(one['value'])}, {within(one['range'])}, "
            f"{one['n']} cases"
            for one in card["weakest_slices"]
        ],
    )
    yield from ("", "## Evaluations", "")
    if not card["evaluations"]:
        yield "It was never measured."
    for one in card["evaluations"]:
        yield from _evaluation(one)
    yield from _list(
        "Compared with",
        [
            f"{one['requirement']} {one['criterion']}, {inline(one['of'])}: {inline(one['sentence'])}"
            for one in card["comparisons"]
        ],
    )


def _evaluation(one: Mapping[str, Any]) -> Iterator[str]:
    source = (
        ", ".join(inline(text) for text in (one["origin"], one["licence"]) if text)
        or "origin and licence unknown"
    )
    yield f"- {inline(one['evaluation'])}, run {one['run']}, {one['on']}{', partial' if one['partial'] else ''}"
    yield f"  - Cases: {one['cases']} of {inline(one['dataset'])} ({one['purpose'].lower()}; {source}), {one['tries']} tries each"
    for found in one["scores"]:
        missing = f", {found['missing']} missing" if found["missing"] else ""
        yield f"  - {inline(found['scorer'])}: {within(found['value'])} {within(found['range'])}, {found['n']} cases{missing}"
    yield f"  - {_reliability(one['reliability'])}"


def _reliability(one: Mapping[str, Any]) -> str:
    told = [f"{one['errors']} errors and {one['missing']} missing in {one['samples']} tries"]
    told += [f"{one['cut_off']} cut off", f"{one['unreadable']} unreadable"]
    told += [f"{one['flaky']} cases right in some tries only"] if one["flaky"] is not None else []
    told += (
        [f"answers in {one['median']}, one in twenty over {one['slowest_in_20']}"] if one["median"] else []
    )
    told += [f"{one['cost_of_1000']} for 1,000 calls"] if one["cost_of_1000"] else []
    return within(", ".join(told))


def _method(card: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## How it was measured", "")
    yield "Verdicts rest on test cases only; a range that reaches over the target proves nothing. What was not measured is listed."
    if card["methods"]:
        yield from ("", f"Methods: {inline(', '.join(card['methods']))}")
    yield from _list(
        "What changed under us",
        [
            f"{one['on']}: {inline(one['what'])} {inline(one['before'])} → {inline(one['after'])}"
            for one in card["changes"]
        ],
    )


def _list(heading: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield from ("", f"## {heading}", "")
        yield from (f"- {item}" for item in items)
