"""What a few words find among everything one may see: ranked, counted by kind, with the words marked in a piece of the text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from capabilities.models import Product
from capabilities.queries.search_sources import SOURCES, Source
from capabilities.queries.search_words import Words, corrected, words_of
from config.people.access import may
from config.people.models import User
from config.prose import visible

A_PAGE = 20
# More than this of one kind is said as "500 or more": nobody reads on, and a word that is everywhere would cost as much as it has hits.
MOST = 500
# Characters that no text has: where a found word begins and ends.
BEGIN, END = "\ue000", "\ue001"
HEADLINE = f"StartSel={BEGIN}, StopSel={END}, MaxWords=28, MinWords=12, MaxFragments=2, FragmentDelimiter= … "
CURRENT = ("draft", "in_review", "approved")


@dataclass(frozen=True)
class Asked:
    """What is looked for and by whom. products: those one may see, or the one chosen among them. old: also in superseded words."""

    text: str
    user: User
    products: Sequence[Product]
    kind: str = ""
    mine: bool = False
    old: bool = False
    only_product: bool = False
    page: int = 1
    size: int = A_PAGE
    literal: bool = False


@dataclass(frozen=True)
class Found:
    """One hit. title and snippet: HTML with the found words in <mark>."""

    kind: str
    label: str
    key: str
    name: str
    title: SafeString
    snippet: SafeString
    place: str
    url: str
    note: str
    detail: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Result:
    """counts: by kind, of all kinds whatever is shown; at most MOST each. instead_of: what was typed, where it was read as another word."""

    words: Words | None
    found: Sequence[Found] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    instead_of: str = ""


def search(asked: Asked) -> Result:
    """The best hits, an exact key first. One query; up to four where nothing was found and a word may be misspelled."""
    words = words_of(asked.text)
    if words is None:
        return Result(None)
    result = _run(asked, words)
    if sum(result.counts.values()) or asked.literal:
        return result
    better = words_of(corrected(words.text, _names_like(asked, words)))
    if better is None:
        return result
    again = _run(asked, better)
    return replace(again, instead_of=words.text) if again.counts else result


def _run(asked: Asked, words: Words) -> Result:
    sources = _sources(asked)
    if not sources:
        return Result(words)
    with connection.cursor() as cursor:
        cursor.execute(_statement(sources, asked, words), _parameters(asked, words))
        rows = cursor.fetchall()
    counts: dict[str, int] = _json(rows[0][0]) or {}
    found = [_found(kind, _json(detail), title, snippet) for _, kind, detail, title, snippet in rows if kind]
    total = counts.get(asked.kind, 0) if asked.kind else sum(counts.values())
    return Result(words, found, counts, total)


def _sources(asked: Asked) -> list[Source]:
    kept = [source for source in SOURCES if source.mine] if asked.mine else list(SOURCES)
    return [source for source in kept if source.restricted] if asked.only_product else kept


def _statement(sources: Sequence[Source], asked: Asked, words: Words) -> str:
    """Candidates of all kinds, their counts, and a page of them with details and marked words; those are made for the page alone."""
    candidates = " UNION ALL ".join(
        f"(SELECT '{one.kind}' AS kind, {number} AS place, * FROM ({_found_sql(one, asked, words)}) AS {one.kind}_rows)"
        for number, one in enumerate(sources)
    )
    details = " ".join(f"WHEN '{one.kind}' THEN ({one.detail})" for one in sources)
    wanted = "WHERE kind = %(kind)s" if asked.kind else ""
    return f"""
WITH candidate AS MATERIALIZED ({candidates}),
page AS MATERIALIZED (
  SELECT * FROM candidate {wanted} ORDER BY exact DESC, rank DESC, place, id DESC LIMIT %(size)s OFFSET %(skipped)s
),
shown AS MATERIALIZED (SELECT page.*, CASE page.kind {details} END AS detail FROM page)
SELECT counted.counts, shown.kind, shown.detail,
       ts_headline('english', translate(shown.detail->>'title', %(marks)s, ''), {words.query}, %(whole)s),
       ts_headline('english', translate(left(shown.detail->>'body', 4000), %(marks)s, ''), {words.query}, %(headline)s)
FROM (SELECT jsonb_object_agg(kind, n) AS counts FROM (SELECT kind, count(*) AS n FROM candidate GROUP BY kind) AS c) AS counted
LEFT JOIN shown ON true
ORDER BY shown.exact DESC, shown.rank DESC, shown.place, shown.id DESC"""


def _found_sql(source: Source, asked: Asked, words: Words) -> str:
    return (source.mine if asked.mine else source.found).replace("{query}", words.query)


def _parameters(asked: Asked, words: Words) -> dict[str, Any]:
    return {
        **words.parameters,
        "products": [product.pk for product in asked.products],
        "user": asked.user.pk,
        "may_read_test": may(asked.user, "read_test"),
        "statuses": [*CURRENT, "superseded"] if asked.old else list(CURRENT),
        "kind": asked.kind,
        "most": MOST,
        "size": asked.size,
        "skipped": (asked.page - 1) * asked.size,
        "marks": BEGIN + END,
        "whole": f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true",
        "headline": HEADLINE,
    }


def _names_like(asked: Asked, words: Words) -> list[str]:
    """Names of what one may see that are spelled much like one of the words. Two queries."""
    statements = [source.names for source in _sources(asked) if source.names]
    if not statements or not words.parameters["words"]:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', '0.4', true)")
        union = " UNION ALL ".join(f"({statement} LIMIT 100)" for statement in statements)
        cursor.execute(f"SELECT DISTINCT name FROM ({union}) AS names", _parameters(asked, words))
        return [name for (name,) in cursor.fetchall()]


def _json(value: Any) -> Any:
    """What Django's connection hands back of jsonb: text, or what was decoded already."""
    return json.loads(value) if isinstance(value, str) else value


def _found(kind: str, detail: Mapping[str, Any], title: str | None, snippet: str | None) -> Found:
    source = next(source for source in SOURCES if source.kind == kind)
    return Found(
        kind=kind,
        label=source.label,
        key=detail["key"],
        name=detail["title"] or "",
        title=marked(title or ""),
        snippet=marked(snippet or ""),
        place=detail.get("place") or "",
        url=_url(source, detail),
        note="earlier words" if detail.get("old") else _NOTES.get(detail.get("note", ""), ""),
        detail=detail,
    )


_NOTES = {
    "draft": "draft",
    "in_review": "in review",
    "deferred": "deferred",
    "rejected": "rejected",
    "retired": "retired",
    "question": "question",
    "decision": "decision",
    "issue": "issue",
    "reply": "reply",
}


def _url(source: Source, detail: Mapping[str, Any]) -> str:
    name, argument = source.url
    if source.kind in ("capability", "objective"):
        value = detail["key"] if argument == "capability" else detail["id"]
        return f"{reverse(name)}?{urlencode({'product': detail['product'], argument: value})}"
    if source.kind == "case":
        return (
            f"{reverse(name, args=[detail['slug']])}?{urlencode({'v': detail['number'], 'q': detail['key']})}"
        )
    # A comment stands on its requirement's page, however many came after it.
    anchor = f"?comments=all#comment-{detail['id']}" if source.kind == "comment" else ""
    return reverse(name, args=[detail[argument]]) + anchor


def marked(text: str) -> SafeString:
    """Escaped, hidden characters shown, the found words in <mark>."""
    safe = [visible(piece) for piece in text.replace(END, BEGIN).split(BEGIN)]
    # Pieces alternate: outside, inside, outside …
    return mark_safe(
        "".join(f"<mark>{one}</mark>" if number % 2 else str(one) for number, one in enumerate(safe))
    )  # noqa: S308
