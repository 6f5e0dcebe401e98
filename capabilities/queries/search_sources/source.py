from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One kind of thing that is searched, in SQL.

    found: selects `id, exact, rank` of what matches, at most %(most)s rows. It may use {query} (the tsquery) and %(text)s, %(like)s (an
    ILIKE pattern), %(products)s (ids of those one may see), %(user)s, %(may_read_test)s, %(statuses)s. detail: selects one jsonb object for
    page.id with `key`, `title`, `body` (what the snippet is cut from), `place` and what the address needs. names: selects `name` of
    what is spelled like %(words)s, for typing errors; empty where names are no words. url: pattern name and the values of `detail` that
    fill it. mine: the same as `found`, restricted to what is the reader's own; empty where nothing is anybody's.
    """

    kind: str
    label: str
    found: str
    detail: str
    url: tuple[str, str]
    names: str = ""
    mine: str = ""
    restricted: bool = True


def nearest(text: str) -> str:
    """How much the text is spelled like one of the words, so that those spelled most alike come first among many."""
    return f"(SELECT max(word_similarity(one.word, {text})) FROM unnest(%(words)s::text[]) AS one(word))"
