"""What the API shows of a sample: everything to who may read it, else its hash and scores."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.api.bodies import Reference
from evaluations.models import Run
from evaluations.queries.references import whole_number
from evaluations.queries.samples import MAX_LIMIT, SHOWS, Answer, Sample, SampleScore, Wanted, samples
from evaluations.queries.vectors import parse_slice


def find_run(text: str) -> Run | None:
    number = whole_number(text)
    runs = Run.objects.select_related("evaluation_version", "model_version__model")
    return runs.filter(pk=number).first() if number is not None else None


class SliceField(serializers.CharField):
    """`lang=de` as a Slice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=220, required=False, help_text="E.g. lang=de.", **options)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return parse_slice(super().to_internal_value(data))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class ScoreSerializer(serializers.Serializer[Any]):
    num = serializers.FloatField()
    den = serializers.FloatField()
    value = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()
    label = serializers.CharField(required=False)  # type: ignore[assignment]
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
    metadata = serializers.DictField(required=False)
    missing = serializers.CharField(required=False, help_text="Why there is no answer.")
    output = serializers.CharField(
        required=False, allow_null=True, help_text="Text; null where it is sound or a picture."
    )
    output_media = serializers.DictField(
        required=False,
        help_text="Hash (`sha256`) and `media_type` of an answer that is sound or a picture; its bytes are at media/.",
    )
    transcript = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Where the answer took several steps: its messages and calls of tools, as chat completions write them.",
    )
    unscored = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="Why a scorer could make no score of the answer, by its slug.",
    )
    error = serializers.DictField(required=False, allow_null=True)
    finish_reason = serializers.CharField(required=False)
    truncated = serializers.BooleanField(required=False)
    latency_ms = serializers.FloatField(required=False, allow_null=True)
    usage = serializers.DictField(required=False)
    cost = serializers.CharField(required=False, allow_null=True)
    reused = serializers.BooleanField(required=False)
    reused_from = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="The run whose call was answered; time and cost are of that call.",
    )


class SamplesQuery(serializers.Serializer[Any]):
    show = serializers.ChoiceField(choices=list(SHOWS), required=False)
    vs = Reference(find_run, "run", required=False, help_text="The run that samples flipped against.")
    scorer = serializers.CharField(
        max_length=50, required=False, help_text="Slug; needed when the evaluation has several."
    )
    slice = SliceField()


def wanted_samples(query: Mapping[str, Any]) -> Wanted:
    """Which samples a query asks for."""
    return Wanted(
        show=query.get("show", "all"),
        vs=query.get("vs"),
        scorer=query.get("scorer", ""),
        slice=query.get("slice"),
        limit=MAX_LIMIT,
    )


def sample_lines(run: Run, wanted: Wanted, *, content: bool) -> Iterator[dict[str, Any]]:
    """The samples as the lines of a reply, page after page."""
    while page := samples(run, wanted):
        yield from (_line(sample, content=content) for sample in page)
        wanted = replace(wanted, after=page[-1].cursor)


def _line(sample: Sample, *, content: bool) -> dict[str, Any]:
    scores = sample.answer.scores if sample.answer else {}
    shown = {slug: _score(score, content=content) for slug, score in scores.items()}
    line = {"hash": sample.hash, "repeat": sample.repeat, "scores": shown}
    return line | _content(sample) if content else line


def _score(score: SampleScore, *, content: bool) -> dict[str, Any]:
    numbers = {
        "num": score.numerator,
        "den": score.denominator,
        "value": score.value,
        "passed": score.passed,
    }
    words = {"label": score.label, "rationale": score.rationale, "parsed": score.parsed}
    return numbers | words if content else numbers


def _content(sample: Sample) -> dict[str, Any]:
    return {
        "case": sample.key,
        "slices": sample.slices,
        "cluster": sample.cluster,
        "state": sample.state,
        "input": sample.input,
        "target": sample.target,
        "metadata": sample.metadata,
        "missing": sample.missing,
        "unscored": dict(sample.answer.unscored) if sample.answer else {},
        **(_answer(sample.answer) if sample.answer else {"output": None, "error": None}),
    }


def _media(answer: Answer) -> dict[str, str]:
    return {"sha256": answer.digest, "media_type": answer.media_type}


def _answer(answer: Answer) -> dict[str, Any]:
    usage = {"input": answer.input_tokens, "output": answer.output_tokens}
    return {
        "output": answer.output,
        **({"output_media": _media(answer)} if answer.media_type else {}),
        **({"transcript": answer.transcript} if answer.transcript else {}),
        "error": {"class": answer.error_class, "message": answer.error} if answer.error_class else None,
        "finish_reason": answer.finish_reason,
        "truncated": answer.truncated,
        "latency_ms": answer.latency_ms,
        "usage": {name: count for name, count in usage.items() if count is not None},
        "cost": answer.cost,
        "reused": answer.reused_from is not None,
        "reused_from": answer.reused_from,
    }
