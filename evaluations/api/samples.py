"""What the API shows of a sample: everything to who may read it, else its hash and scores."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.api.bodies import Reference
from evaluations.models import Run, Score, ScorerVersion
from evaluations.queries.found_samples import (
    SHOWS,
    Sample,
    SampleFilter,
    Show,
    is_passed,
    samples,
    scorers_of,
    value_of,
)
from evaluations.queries.references import whole_number
from evaluations.queries.vectors import parse_slice


def find_run(text: str) -> Run | None:
    number = whole_number(text)
    runs = Run.objects.select_related("evaluation_version", "model_version__model")
    return runs.filter(pk=number).first() if number is not None else None


class ScoreSerializer(serializers.Serializer[Any]):
    num = serializers.FloatField()
    den = serializers.FloatField()
    value = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()
    label = serializers.CharField(required=False)
    rationale = serializers.CharField(required=False)
    parsed = serializers.BooleanField(required=False)


class SampleSerializer(serializers.Serializer[Any]):
    """A sample on a line. Without the right to read the content there are hash, repeat and scores only."""

    hash = serializers.CharField()
    repeat = serializers.IntegerField()
    scores = serializers.DictField(child=ScoreSerializer())
    case = serializers.CharField(required=False)
    slices = serializers.DictField(required=False)
    cluster = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    input = serializers.JSONField(required=False)
    target = serializers.JSONField(required=False)
    output = serializers.CharField(required=False, allow_null=True)
    error = serializers.DictField(required=False, allow_null=True)
    finish_reason = serializers.CharField(required=False)
    truncated = serializers.BooleanField(required=False)
    latency_ms = serializers.FloatField(required=False, allow_null=True)
    usage = serializers.DictField(required=False)


class SamplesQuery(serializers.Serializer[Any]):
    show = serializers.ChoiceField(choices=list(SHOWS), required=False)
    vs = Reference(find_run, "run", required=False, help_text="The run that samples flipped against.")
    scorer = serializers.CharField(
        max_length=50, required=False, help_text="Slug; needed when the evaluation has several."
    )
    slice = serializers.CharField(max_length=220, required=False, help_text="E.g. lang=de.")


def sample_filter(run: Run, query: Mapping[str, Any]) -> tuple[SampleFilter, list[ScorerVersion]]:
    """The filter a query asks for, and the run's scorers. Raises ValidationError."""
    scorers = scorers_of(run)
    show: Show = query.get("show", "")
    scorer = _scorer(scorers, query.get("scorer"), needed=show in ("failed", "passed", "flipped"))
    if show == "flipped" and "vs" not in query:
        raise ValidationError({"vs": ["Name the run that samples flipped against."]})
    try:
        part = parse_slice(query.get("slice"))
    except ValueError as error:
        raise ValidationError({"slice": [str(error)]}) from None
    return SampleFilter(show, scorer, query.get("vs"), part), scorers


def _scorer(scorers: list[ScorerVersion], slug: str | None, *, needed: bool) -> ScorerVersion | None:
    names = ", ".join(scorer.scorer.slug for scorer in scorers)
    if slug:
        found = next((scorer for scorer in scorers if scorer.scorer.slug == slug), None)
        if found is None:
            raise ValidationError({"scorer": [f"This run has no scorer “{slug}”; it has {names}."]})
        return found
    if len(scorers) == 1:
        return scorers[0]
    if needed:
        raise ValidationError({"scorer": [f"Say which scorer: {names}."]})
    return None


def sample_lines(
    run: Run, ids: list[int], scorers: Iterable[ScorerVersion], *, content: bool
) -> Iterator[dict[str, Any]]:
    """The samples as the lines of a reply."""
    by_slug = {scorer.scorer.slug: scorer for scorer in scorers}
    for sample in samples(run, ids, content=content):
        yield _line(sample, by_slug, content=content)


def _line(sample: Sample, scorers: Mapping[str, ScorerVersion], *, content: bool) -> dict[str, Any]:
    shown = {slug: _score(score, scorers[slug], content=content) for slug, score in sample.scores.items()}
    line = {"hash": sample.case.hash, "repeat": sample.item.repeat, "scores": shown}
    return line | _content(sample) if content else line


def _score(score: Score, scorer: ScorerVersion, *, content: bool) -> dict[str, Any]:
    numbers = {
        "num": score.numerator,
        "den": score.denominator,
        "value": value_of(score),
        "passed": is_passed(score, scorer),
    }
    words = {"label": score.label, "rationale": score.rationale, "parsed": score.parsed}
    return numbers | words if content else numbers


def _content(sample: Sample) -> dict[str, Any]:
    case, item = sample.case, sample.item
    return {
        "case": case.key,
        "slices": case.slices,
        "cluster": case.cluster,
        "state": item.state,
        "input": case.input,
        "target": case.target,
        "output": sample.output.text if sample.output else None,
        "error": _error(sample),
        **_response(sample),
    }


def _error(sample: Sample) -> dict[str, str] | None:
    """A model's error is a result; an infrastructure error says why the sample is missing."""
    response, item = sample.response, sample.item
    if response is not None:
        told = {"class": "model", "kind": response.error_class, "message": response.error}
        return told if response.error_class else None
    if item.error_class:
        return {"class": "infrastructure", "kind": item.error_class, "message": item.error}
    return None


def _response(sample: Sample) -> dict[str, Any]:
    response = sample.response
    if response is None:
        return {}
    usage = {
        "input": response.input_tokens,
        "output": response.output_tokens,
        "cached": response.cached_tokens,
    }
    return {
        "finish_reason": response.finish_reason,
        "truncated": response.truncated,
        "latency_ms": response.latency_ms,
        "usage": {name: cast(int, count) for name, count in usage.items() if count is not None},
    }
