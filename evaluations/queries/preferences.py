"""Model versions ranked by which answers were preferred: ratings with their ranges, and who is not comparable yet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import caches

from config.words import counted
from evaluations.models import ModelVersion
from evaluations.statistics import Game, Rating, comparable_groups, rate_models

METHOD = "bradley-terry/1"
RESAMPLES = 2_000
MOST_RATED = 20


@dataclass(frozen=True)
class Ranked:
    version: ModelVersion
    rating: Rating


@dataclass(frozen=True)
class Unrated:
    """why: a sentence; beside: the version to compare it with, None where more of the same would be needed."""

    version: ModelVersion
    why: str
    beside: ModelVersion | None


@dataclass(frozen=True)
class Preferred:
    """ranked: those linked by chains of wins both ways, best first. games: a case with a choice between two versions; cases: of the rated.

    left_out: versions with fewer games than the twenty that are looked at.
    """

    ranked: Sequence[Ranked]
    unrated: Sequence[Unrated]
    games: int
    cases: int
    seed: int
    left_out: int = 0


@dataclass(frozen=True)
class Choice:
    """Of one case between two versions, by their ids. score: of a, 1 won, 0 lost. source: what is drawn again together."""

    source: str
    a: int
    b: int
    score: float


def preferred(name: str, choices: Sequence[Choice]) -> Preferred:
    """Ratings of everything that was compared; name: what the seed of the resamples is made of. One query."""
    seed = int.from_bytes(sha256(name.encode()).digest()[:4])
    apart = [one for one in choices if one.a != one.b]
    counts = Counter(pk for one in apart for pk in (one.a, one.b))
    shown = sorted(counts, key=lambda pk: (-counts[pk], pk))[:MOST_RATED]
    games = [_game(one) for one in apart if one.a in shown and one.b in shown]
    groups = comparable_groups(games)
    versions = ModelVersion.objects.select_related("model__provider").in_bulk(shown)
    rated = [game for game in games if groups and game.a in groups[0] and game.b in groups[0]]
    found = _rated(rated, seed) if groups and len(groups[0]) > 1 else []
    anchor = [one.model for one in found] or (groups[0] if groups else [])
    known = {one.model for one in found}
    left = [int(name) for group in groups for name in group if name not in known]
    return Preferred(
        ranked=[Ranked(versions[int(one.model)], one) for one in found],
        unrated=[_unrated(versions[pk], list(map(int, anchor)), apart, versions) for pk in left],
        games=len(rated),
        cases=len({game.prompt for game in rated}),
        seed=seed,
        left_out=len(counts) - len(shown),
    )


def _game(one: Choice) -> Game:
    return Game(one.source, str(one.a), str(one.b), one.score)


def _rated(games: Sequence[Game], seed: int) -> list[Rating]:
    """Kept while the games are the same, for resampling takes a moment."""
    told = sorted((game.prompt, game.a, game.b, game.score) for game in games)
    key = sha256(f"{METHOD} {RESAMPLES} {seed} {told}".encode()).hexdigest()
    cache = caches["boards"]
    found: list[Rating] | None = cache.get(key)
    if found is None:
        found = rate_models(games, seed, RESAMPLES) or []
        cache.set(key, found)
    return found


def _unrated(
    version: ModelVersion,
    anchor: Sequence[int],
    choices: Sequence[Choice],
    versions: Mapping[int, ModelVersion],
) -> Unrated:
    """Why there is no rating, against those of the rated, the best of them first."""
    others = [pk for pk in anchor if pk != version.pk]
    won = [_score_of(version.pk, one) for one in choices if _between(one, version.pk, others)]
    if won:
        how = "won every" if sum(won) else "lost every"
        return Unrated(
            version, f"{version.label} {how} one of {counted(len(won), 'cases')}, so no rating fits.", None
        )
    if not others:
        return Unrated(version, f"{version.label} never both won and lost, or drew, against another.", None)
    beside = versions[others[0]]
    return Unrated(version, f"Compare {version.label} with {beside.label}: that would connect it.", beside)


def _between(one: Choice, pk: int, others: Sequence[int]) -> bool:
    return (one.a == pk and one.b in others) or (one.b == pk and one.a in others)


def _score_of(pk: int, one: Choice) -> float:
    return one.score if one.a == pk else 1 - one.score
