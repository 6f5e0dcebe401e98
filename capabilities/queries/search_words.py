"""What somebody typed, as a query of PostgreSQL's full-text search.

Every word is looked for as it is written and by its English stem, so that German and English words are found in one field; the last one
also as the beginning of a word, because it may still be typed. "Words in quotes" stand together, -word must not be there.
"""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from capabilities.models import Requirement

SHORTEST = 2
LONGEST = 200
MOST_WORDS = 12
_PIECES = re.compile(r'-?"[^"]+"|\S+')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9]{0,11})-?(\d{1,9})")
_CONFIGS = ("simple", "english")


@dataclass(frozen=True)
class Words:
    """text: cleaned. query: SQL of a tsquery over `values`."""

    text: str
    query: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, object]:
        """Everything the statements of the sources may use that comes from the words alone."""
        key = _KEY.fullmatch(self.text)
        return {
            **self.values,
            "text": self.text,
            "like": f"%{_escaped(self.text)}%" if len(self.text) > 2 else "",
            "prefix": key[1].upper() if key else "",
            "number": int(key[2]) if key else -1,
            "words": spelled(self.text),
        }


def words_of(typed: str) -> Words | None:
    """None for what is too short to look for, or says only what must not be there."""
    text = " ".join(typed.replace("\x00", "").split())[:LONGEST].strip()
    pieces = _PIECES.findall(text)[:MOST_WORDS]
    wanted = [piece for piece in pieces if not _is_refused(piece)]
    if len(text) < SHORTEST or not any(re.search(r"\w", piece) for piece in wanted):
        return None
    values: dict[str, object] = {}
    parts = [
        _part(number, piece, last=piece is pieces[-1], values=values) for number, piece in enumerate(pieces)
    ]
    return Words(text, f"({' && '.join(parts)})", values)


def spelled(text: str) -> list[str]:
    """The words that may be misspelled."""
    return [word.lower() for word in re.findall(r"[^\W\d_]{4,}", text)][:MOST_WORDS]


def corrected(text: str, names: list[str]) -> str:
    """The text with every word that no name has replaced by the nearest that one has; empty when nothing is nearer."""
    known = {word.lower() for name in names for word in re.findall(r"[^\W\d_]{4,}", name)}

    def better(match: re.Match[str]) -> str:
        word = match[0].lower()
        near = [word] if word in known else get_close_matches(word, sorted(known), n=1, cutoff=0.7)
        return near[0] if near else match[0]

    found = re.sub(r"[^\W\d_]{4,}", better, text)
    return found if found.lower() != text.lower() else ""


def matching_requirements(text: str) -> QuerySet[Requirement]:
    """Requirements of all products whose key or present words match; for `pk__in` of what one may see. One subquery by index.

    What is too short to look for matches nothing.
    """
    words = words_of(text)
    if words is None:
        return Requirement.objects.none()
    sql = f"""(
SELECT requirement_id FROM capabilities_revision
WHERE status IN ('draft', 'in_review', 'approved') AND (
  searched @@ {words.query} OR title ILIKE %(like)s OR requirement_id = ANY (ARRAY(
    SELECT r.id FROM capabilities_requirement r JOIN capabilities_product p ON p.id = r.product_id
    WHERE r.number = %(number)s AND p.key = %(prefix)s)))
)"""
    return Requirement.objects.filter(pk__in=_positional(sql, words.parameters))


def _positional(sql: str, values: dict[str, object]) -> RawSQL:
    """The same with values in order, which is how the ORM joins pieces of SQL."""
    names = re.findall(r"%\((\w+)\)s", sql)
    return RawSQL(re.sub(r"%\(\w+\)s", "%s", sql), [values[name] for name in names])


def _is_refused(piece: str) -> bool:
    return piece.startswith("-") and len(piece) > 1


def _part(number: int, piece: str, *, last: bool, values: dict[str, object]) -> str:
    refused = _is_refused(piece)
    word = piece.removeprefix("-") if refused else piece
    name = f"word{number}"
    values[name] = word.strip('"')
    if word.startswith('"'):
        # As written: stems stand behind the words in the same vector, where neighbours mean nothing
        kinds = [f"phraseto_tsquery('simple', %({name})s)"]
    else:
        kinds = [f"plainto_tsquery('{config}', %({name})s)" for config in _CONFIGS]
    if last and not refused and re.fullmatch(r"\w+", word):
        values["beginning"] = f"{word}:*"
        kinds.append("to_tsquery('simple', %(beginning)s)")
    return f"{'!!' if refused else ''}({' || '.join(kinds)})"


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
