"""A judge compares two finished runs: asked for, previewed, and read. Opinions, never verdicts."""

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
from evaluations.queries.pair_judgings import UNCHECKED, PairReading, pair_readings
from evaluations.queries.references import find_model_version
from evaluations.queries.sides import loaded_runs
from evaluations.scorers.opinions import MAX_RUBRIC
from evaluations.services.pair_judging import PairAsked, asking_of, start_pair_judging


class PairQuery(serializers.Serializer[Any]):
    run = Reference(find_run, "run", help_text="A.")
    against = Reference(find_run, "run", help_text="B.")


class PairJudgingBody(Body):
    run = Reference(find_run, "run", help_text="A.")
    against = Reference(find_run, "run", help_text="B, of the same evaluation version.")
    judge = Reference(find_model_version, "version", help_text="The model version that judges: slug@name.")
    question = serializers.CharField(
        max_length=MAX_RUBRIC, help_text="What a better answer is, as you would say it to a person."
    )
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, default=Cap.MONEY)


class AskingSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField(help_text="Cases that both runs answered in text.")
    left_out = serializers.IntegerField(help_text="The other cases.")
    calls = serializers.IntegerField(help_text="Two a case: each order once.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="What stands in the way.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What to think of first.")


class WonSerializer(serializers.Serializer[Any]):
    point = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    method = serializers.CharField()


class PairJudgingSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(help_text="The judge's run; its samples hold the reasons.")
    judge = serializers.CharField()
    question = serializers.CharField()
    fingerprint = serializers.CharField(help_text="SHA-256 of everything the judge was told.")
    state = serializers.ChoiceField(choices=Run.State.choices)
    failure = serializers.CharField(allow_blank=True)
    standing = serializers.CharField(help_text="What such an opinion is: unchecked.")
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
        return Response(_told(query["run"], query["against"], []))

    @extend_schema(
        request=PairJudgingBody, responses={200: PairJudgingsSerializer, 201: PairJudgingsSerializer}
    )
    def post(self, request: Request) -> Response:
        """Let a judge compare two runs: a run of its own makes two calls a case.

        The same judge asked the same about the same runs is asked once: 200, and what there is.
        """
        body = _asked(checked(PairJudgingBody, request))
        run, created = start_pair_judging(actor=person(request), asked=body)
        told = _told(body.first, body.second, asking_of(body).warnings, run)
        return Response(told, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


class PairJudgingsPreview(APIView):
    """What it would take to let a judge compare two runs."""

    scopes = {"POST": "read"}
    actions = {"POST": "run"}

    @extend_schema(request=PairJudgingBody, responses=AskingSerializer)
    def post(self, request: Request) -> Response:
        """Calls, and what stands in the way. Nothing is started."""
        asking = asking_of(_asked(checked(PairJudgingBody, request)))
        told = {
            "cases": len(asking.cases),
            "left_out": asking.left_out,
            "calls": asking.calls,
            "problems": asking.problems,
            "warnings": asking.warnings,
        }
        return Response(AskingSerializer(told).data)


def _asked(body: dict[str, Any]) -> PairAsked:
    first, second = loaded_runs([body.pop("run"), body.pop("against")])
    return PairAsked(first, second, **body)


def _told(run_a: Run, run_b: Run, warnings: list[str], only: Run | None = None) -> Any:
    readings = pair_readings(run_a, run_b)
    rows = [_row(one) for one in readings if only is None or one.run.pk == only.pk]
    return PairJudgingsSerializer({"judgings": rows, "warnings": warnings}).data


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
        "standing": UNCHECKED,
        "n": one.n,
        "missing": one.missing,
        "win_rate": won,
        "consistency": found and found.consistency,
        "first_position_rate": found and found.first_position_rate,
        "sentences": one.sentences,
    }
