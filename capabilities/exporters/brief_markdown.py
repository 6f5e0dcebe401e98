"""A brief as Markdown: every text stays in its place, whatever it holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capabilities.importers.markdown_text import block, inline, within

FACTS = (
    ("priority", "Priority"),
    ("intent", "Intent"),
    ("kind", "Kind of model"),
    ("owner", "Owner"),
    ("target", "Wanted for"),
    ("capability", "Capability"),
    ("objective", "Objective"),
)


def brief_markdown(brief: Mapping[str, Any], level: int = 1) -> str:
    """One requirement. level: of its heading."""
    return "\n".join(_lines(brief, "#" * level)).rstrip() + "\n"


def briefs_markdown(title: str, briefs: Sequence[Mapping[str, Any]]) -> str:
    """Several under one title, with a table of where they stand."""
    rows = [f"| {one['key']} | {inline(one['title'])} | {inline(one['verdict'])} |" for one in briefs]
    table = ["| Key | Requirement | Verdict |", "|---|---|---|", *rows]
    return "\n".join([f"# {inline(title)}", "", *table, "", *(brief_markdown(one, 2) for one in briefs)])


def _lines(brief: Mapping[str, Any], mark: str) -> Iterator[str]:
    yield f"{mark} {brief['key']}: {inline(brief['title'])}"
    yield ""
    yield inline(brief["statement"])
    yield ""
    version = f" for {inline(brief['version'])}" if brief["version"] else ""
    yield f"**{inline(brief['verdict'])}**{version}. {brief['lifecycle']}, revision {brief['revision']}{_notes(brief)}."
    yield ""
    yield from (f"- {label}: {inline(brief[name])}" for name, label in FACTS if brief[name])
    yield from _block(mark, "Why", brief["rationale"])
    yield from _block(mark, "Not meant", brief["out_of_scope"])
    if brief["examples"]:
        yield from ("", f"{mark}# Examples", "")
        for example in brief["examples"]:
            yield from (
                f"- {inline(str(part))}: {inline(str(text))}" for part, text in example.items() if text
            )
    for criterion in brief["criteria"]:
        yield from _criterion(criterion, mark)
    if not brief["criteria"]:
        yield from ("", "Nothing is asked that could be measured yet.")
    reason = f" {inline(brief['research_reason'])}" if brief["research_reason"] else ""
    yield from ("", f"{mark}# Research", "", f"{inline(brief['research'])}.{reason}", "")


def _notes(brief: Mapping[str, Any]) -> str:
    notes = (("self_agreed", "self-agreed"), ("loosened_after_miss", "loosened after a miss"))
    return "".join(f", {words}" for name, words in notes if brief[name])


def _block(mark: str, heading: str, text: str) -> Iterator[str]:
    if text:
        yield from ("", f"{mark}# {heading}", "", block(text))


def _criterion(one: Mapping[str, Any], mark: str) -> Iterator[str]:
    should = "" if one["must"] else " (should)"
    yield from ("", f"{mark}# {one['key']}: {inline(one['words'])}{should}", "")
    yield f"**{inline(one['verdict'])}**. {inline(one['sentence'] or one['not_measurable_reason'])}".rstrip()
    yield ""
    yield from (f"- {label}: {within(text)}" for label, text in _measured(one) if text)
    yield from (
        f"- {gap['kind']}, {inline(gap['name'])}: {within(gap['sentence'] or gap['gap'])}"
        for gap in one["gaps"]
    )
    for said in one["expected"]:
        note = f" ({inline(said['note'])})" if said["note"] else ""
        yield f"- {inline(said['who'])} on {inline(said['of'])}, sure to {said['sure']:.0%}: {inline(said['sentence'])}{note}"
    for weak in one["weakest"]:
        yield f"- Weak where {inline(weak['slice'])}: {within(weak['value'])}, {within(weak['range'])}, {weak['n']} cases"
    if one.get("samples"):
        yield from _samples(one["samples"])


def _measured(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if one["evaluation"]:
        kind = "development cases" if one["purpose"] == "dev" else "test cases"
        yield "Measured by", f"{one['evaluation']} on {one['cases']} {kind} of {one['dataset']}"
    yield (
        "Plausible range",
        f"{one['range']}, {one['n']} cases, run {one['run']}, {one['on']}" if one["run"] else "",
    )
    yield "Trend", one["trend"]
    yield "Freshness", one["freshness"] + (f" ({'; '.join(one['recheck'])})" if one["recheck"] else "")
    yield "Waived", one["waived"]
    yield "What would settle it", one["settles"]


def _samples(samples: Mapping[str, Any]) -> Iterator[str]:
    if not samples["failed"]:
        return
    told = "" if samples["content"] else "; their content needs the permission to read test samples"
    yield from ("", f"{samples['failed']} cases fail{told}.", "")
    for one in samples["shown"]:
        yield f"- {inline(one['case'])} ({one['hash'][:12]}): {within(one['score'])}"
        for name in ("input", "target", "output"):
            if one.get(name) is not None:
                yield f"  - {name.capitalize()}: {inline(_one_line(one[name]))}"


def _one_line(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2_000 else f"{text[:2_000]} …"
