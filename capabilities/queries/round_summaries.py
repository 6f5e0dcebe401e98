"""What a round changed: the facts of it, and the verdicts that rest on its runs, for somebody who may not see every product."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from capabilities.models import JudgedRun, Product, Verdict, VerdictLine
from capabilities.queries.products import visible_products
from config.people.models import User
from config.words import counted, difference, money, range_text, verdict_label
from evaluations.models import Round, Run
from evaluations.queries.round_facts import Lack, Move, RoundFacts, round_facts
from evaluations.queries.scores import shown_unit

MOST = 200
Kind = Literal["lost", "met", "pending", "confirmed", "other", "first"]
ORDER: tuple[Kind, ...] = ("lost", "pending", "met", "confirmed", "other", "first")
HEADINGS: dict[Kind, str] = {
    "lost": "No longer met",
    "met": "Met now",
    "pending": "Waits for a second run",
    "confirmed": "Confirmed by a second run",
    "other": "Otherwise changed",
    "first": "Judged for the first time",
}


@dataclass(frozen=True)
class Flip:
    """A verdict of the round that says otherwise than the one before it. before: empty for the first one."""

    kind: Kind
    product: str
    key: str
    title: str
    criterion: str
    version: str
    owner: str
    owner_id: int | None
    before: str
    after: str
    lean: str
    sentence: str

    @property
    def words(self) -> str:
        after = verdict_label(self.after, self.lean).lower()
        if self.kind == "pending":
            return "a second run decides"
        return f"{verdict_label(self.before).lower()} → {after}" if self.before else after


@dataclass(frozen=True)
class RoundSummary:
    """unjudged: finished runs whose verdicts are still worked out. cut: there are more flips than are given."""

    facts: RoundFacts
    flips: Sequence[Flip]
    unjudged: int
    cut: bool

    @property
    def groups(self) -> list[tuple[str, list[Flip]]]:
        found = [(HEADINGS[kind], [one for one in self.flips if one.kind == kind]) for kind in ORDER]
        return [(heading, flips) for heading, flips in found if flips]

    @property
    def unfinished(self) -> bool:
        """Runs still move: what did not change so far may yet."""
        return self.facts.round.finished_at is None

    @property
    def headline(self) -> str:
        """The whole of it in one sentence."""
        outcomes = [move.outcome for move in self.facts.moves]
        parts = [
            count_words(self.flips),
            *(
                f"{counted(outcomes.count(word), 'measurements')} {word}"
                for word in ("gained", "lost")
                if word in outcomes
            ),
        ]
        told = "; ".join(filter(None, parts))
        changed = f"{told[0].upper()}{told[1:]}." if told else "Nothing changed beyond doubt."
        if self.unfinished:
            return f"Not finished yet: {changed if told else 'nothing is known to have changed so far.'}"
        return changed


def round_summary(user: User, found: Round) -> RoundSummary:
    """What changed, for this person. Up to twelve queries, however many runs."""
    flips = flips_of(found, visible_products(user))
    return RoundSummary(round_facts(found), flips[:MOST], unjudged_of(found).count(), len(flips) > MOST)


def unjudged_of(found: Round) -> QuerySet[Run]:
    """Finished runs of a round that feed verdicts and were not judged yet. No query."""
    judged = JudgedRun.objects.filter(run=OuterRef("pk"), generation__gte=OuterRef("generation"))
    return Run.objects.judgeable().filter(~Exists(judged), round=found)


def flips_of(found: Round, products: QuerySet[Product]) -> list[Flip]:
    """Verdicts of agreed criteria of these products that rest on the round's runs and differ from the ones before. One query.

    They rest on a run when it is their own, or a rival's or an earlier version's that they compare with; of each pair of evidence and
    version the newest counts.
    """
    compared = VerdictLine.objects.filter(verdict=OuterRef("pk"), run__round=found)
    earlier = Verdict.objects.filter(
        verification=OuterRef("verification"), model_version=OuterRef("model_version"), pk__lt=OuterRef("pk")
    ).exclude(run__round=found)
    newest = earlier.order_by("-pk")
    rows = (
        Verdict.objects.filter(Q(run__round=found) | Exists(compared))
        .filter(
            verification__criterion__revision__status="approved",
            verification__criterion__revision__requirement__product__in=products,
        )
        .exclude(detail__has_key="carried_from")
        .annotate(
            before=Subquery(newest.values("outcome")[:1]),
            waited=Subquery(newest.values("pending_confirmation")[:1]),
        )
        .select_related("model_version__model", "verification__criterion__revision__requirement__product")
        .select_related("verification__criterion__revision__requirement__owner")
        .order_by("verification_id", "model_version_id", "-pk")
        .distinct("verification_id", "model_version_id")
    )
    flips = [flip for verdict in rows if (flip := _flip(verdict)) is not None]
    return sorted(
        flips, key=lambda one: (ORDER.index(one.kind), one.product, _number(one.key), one.criterion)
    )


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _flip(verdict: Any) -> Flip | None:
    kind = _kind(verdict.before or "", verdict.outcome, verdict.pending_confirmation, bool(verdict.waited))
    if kind is None:
        return None
    criterion = verdict.verification.criterion
    requirement = criterion.revision.requirement
    return Flip(
        kind=kind,
        product=requirement.product.key,
        key=requirement.key,
        title=criterion.revision.title,
        criterion=criterion.key,
        version=verdict.model_version.label,
        owner=requirement.owner.shown_name if requirement.owner else "",
        owner_id=requirement.owner_id,
        before=verdict.before or "",
        after=verdict.outcome,
        lean=verdict.lean,
        sentence=verdict.sentence,
    )


def _kind(before: str, after: str, pending: bool, waited: bool) -> Kind | None:
    """None where nothing changed."""
    if pending:
        return "pending"
    if waited and before != after:
        return "confirmed"
    if before == after:
        return None
    if not before:
        return "first"
    if after == "met":
        return "met"
    return "lost" if before == "met" else "other"


def count_words(flips: Sequence[Flip]) -> str:
    """How many criteria changed in which way; empty for none."""
    words = {
        "lost": "no longer met",
        "met": "met now",
        "pending": "to be confirmed",
        "confirmed": "confirmed",
    }
    counts = {kind: sum(one.kind == kind for one in flips) for kind in words}
    told = [f"{count} {words[kind]}" for kind, count in counts.items() if count]
    return f"criteria: {', '.join(told)}" if told else ""


def as_record(summary: RoundSummary) -> dict[str, Any]:
    """The summary as plain values, the reply of the API and what Markdown is written from."""
    facts = summary.facts
    return {
        "round": facts.round.pk,
        "name": facts.round.name,
        "finished": facts.round.finished_at is not None,
        "headline": summary.headline,
        "unjudged": summary.unjudged,
        "verdicts": [_flip_record(one) for one in summary.flips],
        "verdicts_cut": summary.cut,
        "moves": [_move_record(one) for one in facts.moves],
        "moves_left_out": facts.left_out,
        "first": [
            {"run": run.pk, "evaluation": str(run.evaluation_version), "version": run.model_version.label}
            for run in facts.first
        ],
        "taken": _taken_record(facts),
        "expected": dict(facts.taken.expected) or None,
        "changed_under_us": [
            {
                "version": one.model_version.label,
                "what": one.get_kind_display(),
                "before": one.before,
                "after": one.after,
                "at": one.at.isoformat(),
            }
            for one in facts.events
        ],
        "skipped": list(facts.skipped),
        "failed": [_lack_record(one) for one in facts.lacks],
    }


def _flip_record(one: Flip) -> dict[str, Any]:
    fields = ("key", "title", "criterion", "version", "owner", "before", "after", "words", "sentence")
    return {"kind": one.kind, **{name: getattr(one, name) for name in fields}}


def _move_record(move: Move) -> dict[str, Any]:
    found = move.comparison.as_json()
    return {
        "evaluation": str(move.run.evaluation_version),
        "version": move.run.model_version.label,
        "before": move.before.model_version.label,
        "run": move.run.pk,
        "run_before": move.before.pk,
        "scorer": move.comparison.scorer.scorer.slug,
        "outcome": move.outcome,
        "supported": move.supported,
        "difference": found["difference"],
        "words": move_words(move),
        "n": found["n"],
    }


def move_words(move: Move) -> str:
    """The difference with its range, e.g. +1.1 pt (−0.9 to +3.2)."""
    result, unit = move.comparison.result, shown_unit(move.run, move.comparison.scorer)
    if result.point is None:
        return "no data"
    told = difference(result.point, unit)
    if result.interval is None:
        return told
    return f"{told} ({range_text(result.interval.low, result.interval.high, unit, True)})"


def _taken_record(facts: RoundFacts) -> dict[str, Any]:
    taken = facts.taken
    return {
        "calls": taken.calls,
        "reused": taken.reused,
        "perhaps_twice": taken.perhaps_twice,
        "cost": {currency: f"{amount:f}" for currency, amount in taken.cost.items()},
        "unpriced_runs": taken.unpriced,
        "above_expected": taken.above,
        "words": cost_words(facts),
    }


def cost_words(facts: RoundFacts) -> str:
    """What it took, and what had been expected."""
    taken, expected = facts.taken, facts.taken.expected
    cost = ", ".join(money(amount, currency) for currency, amount in taken.cost.items())
    told = f"{counted(taken.calls, 'calls')}, {cost or 'at no known price'}"
    if not expected:
        return f"{told}; what was expected was not kept."
    most = expected.get("cost_high")
    if most is None:
        return f"{told}; expected were {counted(expected['calls'], 'calls')} at a price not known."
    ends = (Decimal(expected["cost_low"]), Decimal(most))
    low, high = (money(end, expected["currency"]) for end in ends)
    range_ = high if low == high else f"{low} to {high}"
    return f"{told}; expected were {counted(expected['calls'], 'calls')}, {range_}."


def _lack_record(one: Lack) -> dict[str, Any]:
    return {
        "run": one.run.pk,
        "evaluation": str(one.run.evaluation_version),
        "version": one.run.model_version.label,
        "state": one.run.state,
        "missing": one.missing,
        "why": one.why,
    }
