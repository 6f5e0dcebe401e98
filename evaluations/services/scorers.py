"""Scorers: a way of scoring is checked when it is written and never changes afterwards."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.models import Scorer, ScorerVersion
from evaluations.queries.references import find_model_version
from evaluations.scorers import UnknownScorer, get_scorer, judge_of, measure_of

RANGES = {
    "binary": (0.0, 1.0),
    "bounded": (0.0, 1.0),
    "ratio": (0.0, 1.0),
    "unbounded": (0.0, 1e12),
    "set": (0.0, 1.0),
}


@transaction.atomic
def create_scorer_version(
    *, actor: User | None, slug: str, kind: str, config: Mapping[str, Any], name: str = "", **overrides: Any
) -> ScorerVersion:
    """The next version of a scorer (made when the slug is new); the newest one again when nothing differs.

    overrides: direction, unit, value_kind, low, high, pass_mark, for kinds whose scores come from outside. Raises ValidationError.
    """
    facts = _facts(kind, config, overrides)
    scorer, created = Scorer.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if created:
        scorer.full_clean()
    Scorer.objects.select_for_update().get(pk=scorer.pk)
    judging = _judging(kind, config)
    told = {"instruction": judging["rubric"]} if judging else {}
    fingerprint = sha256_of({"kind": kind, "config": dict(config), **facts, **told})
    newest = scorer.versions.order_by("-number").first()
    if newest and newest.fingerprint == fingerprint:
        return newest
    version = ScorerVersion(
        scorer=scorer,
        number=(newest.number if newest else 0) + 1,
        kind=kind,
        config=dict(config),
        fingerprint=fingerprint,
        **facts,
        **judging,
    )
    version.full_clean(exclude=["config", "rubric"])
    version.save()
    record(
        actor=actor,
        verb="scorer.version_created",
        noun="scorer",
        object_id=scorer.pk,
        label=str(version),
        after={"kind": kind, "config": dict(config)},
    )
    return version


def _judging(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Who judges, and all that is told to it; nothing for scores that are computed. Raises ValidationError."""
    judge = judge_of(kind)
    if judge is None:
        return {}
    version = find_model_version(str(config["judge"]))
    if version is None:
        raise ValidationError(
            {"config": f"There is no model version “{config['judge']}”; name it as model@version."}
        )
    return {"judge": version, "rubric": judge.instruction(config)}


def _facts(kind: str, config: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    try:
        problems = get_scorer(kind).validate(config)
    except UnknownScorer as error:
        raise ValidationError({"kind": str(error)}) from error
    if problems:
        raise ValidationError({"config": list(problems)})
    measure = measure_of(kind, config)
    low, high = RANGES[measure.kind]
    facts: dict[str, Any] = {
        "direction": str(measure.direction),
        "unit": str(measure.unit),
        "value_kind": str(measure.kind),
        "low": low,
        "high": high if measure.high is None else measure.high,
        "pass_mark": measure.pass_mark if measure.pass_mark is not None else 1.0,
    }
    return facts | {key: value for key, value in overrides.items() if key in facts}
