"""The labelling queue over the API: the next answer, blind, and a person's label on one."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response as Reply
from rest_framework.views import APIView

from config.api.bodies import Body, Reference, asked, checked
from config.errors import Refused
from config.people.access import sentence
from config.people.permissions import holds_scope
from config.people.requests import person
from evaluations.api.samples import find_run
from evaluations.models import Dataset, Response, Run, ScorerVersion
from evaluations.queries.calibrations import Measured, agreement_of, calibrations_of
from evaluations.queries.labelling import next_answer, progress_of
from evaluations.queries.references import find_scorer_version
from evaluations.queries.vectors import Slice, parse_slice
from evaluations.services.exposures import record_exposure
from evaluations.services.labelling import choices_of, label_answer, take_label_back


class LabellingQuery(serializers.Serializer[Any]):
    """A judge and a run whose answers are labelled."""

    scorer = Reference(find_scorer_version, "scorer version", help_text="slug@number of a judge.")
    run = Reference(find_run, "run")
    against = Reference(
        find_run,
        "run",
        required=False,
        help_text="The other side of a comparison: answers of both to a case are offered in turn.",
    )
    slice = serializers.CharField(required=False, max_length=200, help_text="Only cases of it: lang=de.")

    def validate_slice(self, value: str) -> Slice | None:
        try:
            return parse_slice(value)
        except ValueError as refused:
            raise serializers.ValidationError(str(refused)) from refused


class LabelAnswerBody(Body):
    scorer = Reference(find_scorer_version, "scorer version", help_text="slug@number of a judge.")
    run = Reference(find_run, "run")
    case = serializers.CharField(max_length=200, help_text="Key of the case.")
    repeat = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    said = serializers.CharField(
        max_length=40, allow_blank=True, help_text="One of the choices; empty takes your own label back."
    )
    settles = serializers.BooleanField(
        default=False, help_text="The word that decides where two people differ."
    )


class ToLabelSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(help_text="Whose answer it is, for the label; the model is not told.")
    case = serializers.CharField()
    repeat = serializers.IntegerField()
    input = serializers.JSONField()
    target = serializers.JSONField()
    output = serializers.CharField()


class AgreementSerializer(serializers.Serializer[Any]):
    between = serializers.ChoiceField(choices=["people", "judge and people"])
    measure = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class LabellingSerializer(serializers.Serializer[Any]):
    """next: None when you have labelled all there is for you. problem: why the judge may not feed a verdict, else empty."""

    choices = serializers.ListField(child=serializers.CharField())
    next = ToLabelSerializer(allow_null=True)
    total = serializers.IntegerField()
    labelled_once = serializers.IntegerField()
    labelled_twice = serializers.IntegerField()
    labelled_by_you = serializers.IntegerField()
    checked = serializers.IntegerField(help_text="Answers, of all runs, labelled by two people and judged.")
    problem = serializers.CharField(allow_blank=True)
    agreement = AgreementSerializer(many=True)


class LabelSerializer(serializers.Serializer[Any]):
    said = serializers.CharField(allow_blank=True)
    value = serializers.FloatField(allow_null=True)
    number = serializers.IntegerField(
        help_text="Your so-many-th word on this answer; 0 when there was none to take back."
    )


class Labelling(APIView):
    """A judge's labelling queue in one run."""

    scopes = {"POST": "write"}

    @extend_schema(parameters=[LabellingQuery], responses=LabellingSerializer)
    def get(self, request: Request) -> Reply:
        """The next answer for you, blind, with how far the labelling is and how well people agree."""
        found = asked(LabellingQuery, request)
        runs = [found["run"], *([found["against"]] if "against" in found else [])]
        state = _state(request, found["scorer"], runs, found.get("slice"))
        return Reply(LabellingSerializer(state).data)

    @extend_schema(request=LabelAnswerBody, responses={201: LabelSerializer})
    def post(self, request: Request) -> Reply:
        """Your label on one answer; again it corrects the one before, which stays on record."""
        body = checked(LabelAnswerBody, request)
        rows = Response.objects.filter(run=body["run"], case__key=body["case"], repeat=body["repeat"])
        response = rows.first()
        if response is None:
            raise Refused(f"Run {body['run'].pk} has no answer to this case and try.", code="no_answer")
        if _is_test(body["run"]) and not holds_scope(request, "read_test"):
            raise PermissionDenied(sentence("read_test"))
        told = {"actor": person(request), "response": response, "scorer": body["scorer"]}
        made = (
            label_answer(**told, said=body["said"], settles=body["settles"])
            if body["said"]
            else take_label_back(**told)
        )
        shown = {"said": made.said, "value": made.value, "number": made.number} if made else {}
        empty = {"said": "", "value": None, "number": 0}
        return Reply(LabelSerializer(shown or empty).data, status=status.HTTP_201_CREATED)


def _state(
    request: Request, scorer: ScorerVersion, runs: Sequence[Run], part: Slice | None
) -> dict[str, Any]:
    if not (choices := choices_of(scorer)):
        raise Refused(f"{scorer} is no judge: nothing is labelled for it.", code="no_judge")
    calibration = calibrations_of([scorer]).get(scorer.pk)
    progress = progress_of(scorer, runs, person(request).pk, part)
    agreement = agreement_of(calibration) if calibration else None
    return {
        "choices": [one.said for one in choices],
        "next": _next(request, scorer, runs, part),
        "total": progress.total,
        "labelled_once": progress.once,
        "labelled_twice": progress.twice,
        "labelled_by_you": progress.mine,
        "checked": len(calibration.checked) if calibration else 0,
        "problem": calibration.problem() if calibration else "",
        "agreement": [
            *[_shown("people", one) for one in (agreement.people if agreement else ())],
            *[_shown("judge and people", one) for one in (agreement.judge if agreement else ())],
        ],
    }


def _is_test(run: Run) -> bool:
    return run.evaluation_version.dataset_version.dataset.purpose == Dataset.Purpose.TEST


def _next(
    request: Request, scorer: ScorerVersion, runs: Sequence[Run], part: Slice | None
) -> dict[str, Any] | None:
    """None for somebody who may not read the content: what is shown leaves a note."""
    if any(map(_is_test, runs)) and not holds_scope(request, "read_test"):
        return None
    found = next_answer(scorer, runs, person(request).pk, part=part)
    if found is None:
        return None
    run = next(one for one in runs if one.pk == found.response.run_id)
    version = run.evaluation_version.dataset_version
    record_exposure(user=person(request), dataset_version=version, run=run, samples=1, via="api")
    return {
        "run": run.pk,
        "case": found.response.case.key,
        "repeat": found.response.repeat,
        "input": found.input,
        "target": found.target,
        "output": found.output,
    }


def _shown(between: str, one: Measured) -> dict[str, Any]:
    low, high = (one.interval.low, one.interval.high) if one.interval else (None, None)
    return {"between": between, "measure": one.name, "value": one.value, "low": low, "high": high, "n": one.n}
