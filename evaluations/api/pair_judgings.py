"""A judge compares two finished runs: asked for, previewed, and read. Opinions, never verdicts."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Body, Reference, asked, checked
from config.people.requests import person
from evaluations.api.amounts import cap_field
from evaluations.api.samples import find_run
from evaluations.models import Cap, Run
from evaluations.queries.pair_agreement import Agreement
from evaluations.queries.pair_judgings import PairReading, pair_readings
from evaluations.queries.references import find_model_version
from evaluations.queries.sides import loaded_runs
from evaluations.scorers.opinions import MAX_RUBRIC
from evaluations.services.pair_rounds import MOST_RUNS, PairsAsked, asking_of_pairs, start_pairs
from evaluations.statistics import SliceDifference


class PairQuery(serializers.Serializer[Any]):
    run = Reference(find_run, "run", help_text="A.")
    against = Reference(find_run, "run", help_text="B.")


class Others(serializers.ListField):
    """One run alone is a list of one."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data if isinstance(data, list) else [data])


class PairJudgingBody(Body):
    run = Reference(find_run, "run", help_text="A.")
    against = Others(
        child=Reference(find_run, "run"),
        min_length=1,
        max_length=MOST_RUNS - 1,
        help_text="B, or several: every two of all are compared. Of the same evaluation version.",
    )
    judge = Reference(find_model_version, "version", help_text="The model version that judges: slug@name.")
    question = serializers.CharField(
        max_length=MAX_RUBRIC, help_text="What a better answer is, as you would say it to a person."
    )
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, default=Cap.MONEY)


class AskingSerializer(serializers.Serializer[Any]):
    """What it would take. tokens is a guess; cost is null where a price is not known."""

    pairs = serializers.IntegerField(help_text="Of runs, that were not asked about before.")
    known = serializers.ListField(
        child=serializers.IntegerField(), help_text="The judge's runs about the others."
    )
    cases = serializers.IntegerField(help_text="Cases that both runs answered in text; the most of any pair.")
    left_out = serializers.IntegerField(help_text="The other cases.")
    calls = serializers.IntegerField(help_text="Two for each try of a case: each order once.")
    tokens = serializers.IntegerField()
    cost_low = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    cost_high = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    currency = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField(), help_text="What stands in the way.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What to think of first.")


class WonSerializer(serializers.Serializer[Any]):
    point = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    method = serializers.CharField()


class PeopleAgreeSerializer(serializers.Serializer[Any]):
    """How often a judge and people prefer the same of two answers; a side and neither agree by half."""

    by = serializers.CharField(help_text="What people did: votes, or scores by a scorer.")
    point = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    enough = serializers.BooleanField(help_text="Fifty cases, and beyond doubt more often than not.")


class WonSliceSerializer(serializers.Serializer[Any]):
    slice = serializers.CharField()
    n = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    adjusted_p = serializers.FloatField(allow_null=True)
    supported = serializers.BooleanField(help_text="Apart from 0.5 after Benjamini–Hochberg at 10 %.")


class PairJudgingSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(help_text="The judge's run; its samples hold the reasons.")
    judge = serializers.CharField()
    question = serializers.CharField()
    fingerprint = serializers.CharField(help_text="SHA-256 of everything the judge was told.")
    state = serializers.ChoiceField(choices=Run.State.choices)
    failure = serializers.CharField(allow_blank=True)
    standing = serializers.CharField(help_text="Unchecked, or checked by what of people; never a verdict.")
    agreement = PeopleAgreeSerializer(many=True)
    n = serializers.IntegerField(help_text="Cases with a choice in both orders.")
    missing = serializers.IntegerField()
    win_rate = WonSerializer(
        allow_null=True,
        help_text="Of A, 0.5 is even: per case the mean of both orders. Null until the run is over.",
    )
    consistency = serializers.FloatField(
        allow_null=True, help_text="Share of cases with the same choice in both orders."
    )
    first_position_rate = serializers.FloatField(
        allow_null=True, help_text="Share of choices that fell on the answer shown first; ties left out."
    )
    slices = WonSliceSerializer(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


class PairJudgingsSerializer(serializers.Serializer[Any]):
    judgings = PairJudgingSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class PairJudgings(APIView):
    """What judges said of two runs."""

    scopes = {"POST": "write"}
    actions = {"POST": "run"}

    @extend_schema(parameters=[PairQuery], responses=PairJudgingsSerializer)
    def get(self, request: Request) -> Response:
        """Every judge's opinion of A against B, newest first: unchecked, and never a verdict."""
        query = asked(PairQuery, request)
        rows = _rows(query["run"], query["against"])
        return Response(PairJudgingsSerializer({"judgings": rows, "warnings": []}).data)

    @extend_schema(
        request=PairJudgingBody, responses={200: PairJudgingsSerializer, 201: PairJudgingsSerializer}
    )
    def post(self, request: Request) -> Response:
        """Let a judge compare two runs, or every two of up to eight, within one budget: a run of its own for each pair.

        The same judge asked the same about the same runs is asked once: 200, and what there is.
        """
        asked = _asked(checked(PairJudgingBody, request))
        warnings = list(asking_of_pairs(asked).warnings)
        judgings, created = start_pairs(actor=person(request), asked=asked)
        rows = [row for pair in asked.pairs for row in _rows(pair.first, pair.second, judgings)]
        told = PairJudgingsSerializer({"judgings": rows, "warnings": warnings}).data
        return Response(told, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


class PairJudgingsPreview(APIView):
    """What it would take to let a judge compare runs."""

    scopes = {"POST": "read"}
    actions = {"POST": "run"}

    @extend_schema(request=PairJudgingBody, responses=AskingSerializer)
    def post(self, request: Request) -> Response:
        """Calls, tokens and cost, and what stands in the way. Nothing is started."""
        asking = asking_of_pairs(_asked(checked(PairJudgingBody, request)))
        low, high = asking.cost or (None, None)
        told = {
            **{name: getattr(asking, name) for name in ("cases", "left_out", "calls", "tokens", "currency")},
            "pairs": len(asking.new),
            "known": [run.pk for run in asking.known],
            "cost_low": low,
            "cost_high": high,
            "problems": asking.problems,
            "warnings": asking.warnings,
        }
        return Response(AskingSerializer(told).data)


def _asked(body: dict[str, Any]) -> PairsAsked:
    runs = list(dict.fromkeys([body.pop("run"), *body.pop("against")]))
    return PairsAsked(loaded_runs(runs), **body)


def _rows(run_a: Run, run_b: Run, only: Sequence[Run] | None = None) -> list[dict[str, Any]]:
    readings = pair_readings(run_a, run_b)
    return [_row(one) for one in readings if only is None or one.run in only]


def agreement_record(one: Agreement) -> dict[str, Any]:
    interval = one.rate.interval
    return {
        "by": one.source,
        "point": one.rate.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "n": one.rate.n,
        "enough": one.is_enough,
    }


def _slice(line: SliceDifference) -> dict[str, Any]:
    interval = line.result.interval
    return {
        "slice": line.name,
        "n": line.result.n,
        "point": line.result.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "adjusted_p": line.adjusted_p,
        "supported": line.supported,
    }


def _row(one: PairReading) -> dict[str, Any]:
    found, interval = one.found, one.interval
    won = None
    if found is not None and interval is not None:
        result = found.result
        won = {
            "point": result.point,
            "low": interval.low,
            "high": interval.high,
            "confidence": interval.confidence,
            "method": result.method,
        }
    return {
        "run": one.run.pk,
        "judge": one.run.model_version.label,
        "question": one.question,
        "fingerprint": one.run.pair.fingerprint if one.run.pair else "",
        "state": one.run.state,
        "failure": one.run.failure,
        "standing": one.standing,
        "agreement": [agreement_record(agreement) for agreement in one.agreements],
        "n": one.n,
        "missing": one.missing,
        "win_rate": won,
        "consistency": found and found.consistency,
        "first_position_rate": found and found.first_position_rate,
        "slices": [_slice(line) for line in one.slices],
        "sentences": one.sentences,
    }
