"""The work on a discovery over the API: what its pages do, through the same services."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.discovery_bodies import (
    DiscoveryMeasureSerializer,
    DiscoveryMoveBody,
    JudgeBody,
    MeasuresBody,
    PackageBody,
    RateSerializer,
    RetriedSerializer,
    RetryBody,
    TriesBody,
    capability_of,
    rows_from,
)
from capabilities.api.discovery_shapes import DiscoverySerializer
from capabilities.api.owned import OwnedViewSet
from capabilities.models import Discovery, DiscoveryEvidence
from capabilities.queries.discoveries import history_of, newest
from capabilities.queries.discovery_measures import measured
from capabilities.queries.discovery_rates import rates_of
from capabilities.services.discovery_measures import confirm_characterised, start_measures
from capabilities.services.discovery_packaging import Package, package
from capabilities.services.discovery_retries import retry_on
from capabilities.services.discovery_tries import TRIES, Trial, confirm_reproduced, judge_try, start_tries
from config.api.bodies import checked
from config.errors import Refused
from config.people.access import demand
from config.people.requests import person

Kind = DiscoveryEvidence.Kind
WHOLE: dict[str, Any] = {"filter_backends": [], "pagination_class": None}


class DiscoveryWork(OwnedViewSet[Discovery]):
    """Whoever lets models be called also needs the site's leave to run them, as on the pages."""

    scopes = dict.fromkeys(["start_tries", "judge", "start_measures", "move", "package", "retry"], "write")
    actions = dict.fromkeys(["start_tries", "judge", "start_measures", "move", "retry"], "write_facts") | {
        "package": "write_requirements"
    }

    @extend_schema(responses=RateSerializer(many=True))
    @action(detail=True, methods=["get"], **WHOLE)
    def tries(self, request: Request, pk: int) -> Response:
        """How often it happened again, by version, from the newest tries; empty before the first."""
        step = newest(history_of(self.row), *TRIES)
        return Response(RateSerializer(rates_of(step) if step else [], many=True).data)

    @extend_schema(request=TriesBody, responses={201: DiscoverySerializer})
    @tries.mapping.post
    def start_tries(self, request: Request, pk: int) -> Response:
        """Try it again for real, as a round of the lab within the budget; no verdict comes of it."""
        demand(person(request), "run")
        given = checked(TriesBody, request)
        trial = Trial(
            model_versions=given.pop("versions"),
            rows=rows_from("rows", given.pop("rows")),
            **{"cap": None} | given,
        )
        start_tries(actor=person(request), discovery=self.row, trial=trial)
        return self._made(self.row)

    @extend_schema(request=JudgeBody, responses=RateSerializer(many=True))
    @action(detail=True, methods=["post"], **WHOLE)
    def judge(self, request: Request, pk: int) -> Response:
        """A person's word on one of the newest tries; a later word counts instead."""
        given = checked(JudgeBody, request)
        step = newest(history_of(self.row), *TRIES)
        if step is None:
            raise Refused("There is no try to judge yet.", code="no_tries")
        judge_try(actor=person(request), evidence=step, **given)
        return Response(RateSerializer(rates_of(step), many=True).data)

    @extend_schema(responses=DiscoveryMeasureSerializer(many=True))
    @action(detail=True, methods=["get"], **WHOLE)
    def measures(self, request: Request, pk: int) -> Response:
        """What the newest measures gave, by version, check and slice; empty before the first."""
        step = newest(history_of(self.row), Kind.MEASURED, Kind.CHARACTERISED)
        return Response(DiscoveryMeasureSerializer(measured(step) if step else [], many=True).data)

    @extend_schema(request=MeasuresBody, responses={201: DiscoverySerializer})
    @measures.mapping.post
    def start_measures(self, request: Request, pk: int) -> Response:
        """Score the finished tries by these checks; nobody is called."""
        wanted = checked(MeasuresBody, request)["measures"]
        start_measures(actor=person(request), discovery=self.row, scorer_versions=wanted)
        return self._made(self.row)

    @extend_schema(request=DiscoveryMoveBody, responses=DiscoverySerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Say that it is reproduced, or characterised; refused until the evidence bears it out."""
        deeds = {"reproduced": confirm_reproduced, "characterised": confirm_characterised}
        deed = deeds[checked(DiscoveryMoveBody, request)["to"]]
        return Response(self._shown(deed(actor=person(request), discovery=self.row)))

    @extend_schema(request=PackageBody, responses={201: DiscoverySerializer})
    @action(detail=True, methods=["post"])
    def package(self, request: Request, pk: int) -> Response:
        """Capability, draft requirement, prompt and a running evaluation in one step, on new cases; all of it or nothing."""
        demand(person(request), "run")
        given = checked(PackageBody, request)
        wanted = Package(
            model_versions=given.pop("versions"),
            rows=rows_from("cases", given.pop("cases")),
            capability=capability_of(self.row.product, given.pop("capability")),
            **{"cap": None} | given,
        )
        return self._made(package(actor=person(request), discovery=self.row, wanted=wanted))

    @extend_schema(request=RetryBody, responses={201: RetriedSerializer})
    @action(detail=False, methods=["post"], **WHOLE)
    def retry(self, request: Request) -> Response:
        """Try everything again on a new version that ended before it was registered, in one round."""
        demand(person(request), "run")
        started = retry_on(actor=person(request), **checked(RetryBody, request))
        return Response({"round": started.pk}, status=status.HTTP_201_CREATED)

    def _made(self, discovery: Discovery) -> Response:
        return Response(self._shown(discovery), status=status.HTTP_201_CREATED)

    def _shown(self, discovery: Discovery) -> Any:
        return DiscoverySerializer(self.get_queryset().get(pk=discovery.pk)).data
