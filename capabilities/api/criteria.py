"""Criteria of a requirement, under it: `/requirements/VA-12/criteria/AC-1/`. Writing one opens a draft where one is approved."""

from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import role_of
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import detail_of, shown, versions_for
from capabilities.api.states import CriterionStateSerializer, RequirementDetailSerializer
from capabilities.models import Criterion, Requirement, Revision, Verification
from capabilities.queries.requirement_details import criterion_of, requirement_detail
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.revisions import open_revision
from capabilities.services.verifications import confirm_unchanged, link_evidence
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Scorer
from evaluations.queries.references import find_evaluation_version
from evaluations.queries.vectors import parse_slice

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Of the requirement, e.g. VA-12.")
CRITERION = OpenApiParameter("criterion", str, OpenApiParameter.PATH, description="E.g. AC-1.")
LIVING = (Revision.Status.APPROVED, Revision.Status.DRAFT, Revision.Status.IN_REVIEW)


class CriterionBody(Body):
    """Everything that decides; what is absent stays, or has its usual value in a new one."""

    scorer = Reference(
        lambda slug: Scorer.objects.filter(slug=slug).first(),
        "scorer",
        required=False,
        allow_null=True,
        help_text="Slug.",
    )
    statistic = serializers.ChoiceField(choices=Criterion.Statistic.choices, required=False)
    against = serializers.ChoiceField(choices=Criterion.Against.choices, required=False)
    threshold = serializers.FloatField(required=False, allow_null=True)
    limit = serializers.FloatField(required=False, allow_null=True)
    margin = serializers.FloatField(required=False)
    equivalence = serializers.BooleanField(required=False)
    tolerance = serializers.FloatField(required=False)
    rival_set = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Number; else the newest.",
    )
    quantifier = serializers.ChoiceField(choices=Criterion.Quantifier.choices, required=False)
    slice = serializers.CharField(
        required=False, allow_blank=True, max_length=201, help_text="E.g. lang=de; empty for all cases."
    )
    confidence = serializers.FloatField(required=False)
    min_n = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    min_repeats = serializers.IntegerField(required=False, min_value=1, max_value=100)
    reach = serializers.ChoiceField(choices=Criterion.Reach.choices, required=False)
    must = serializers.BooleanField(required=False)
    case_keys = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=10_000
    )
    tries = serializers.IntegerField(required=False, min_value=1, max_value=1_000)
    not_measurable_reason = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class ChangeCriterionBody(CriterionBody):
    seen = serializers.CharField(
        required=False,
        max_length=64,
        help_text="The criterion's fingerprint as you saw it: 409 when somebody saved it since.",
    )


class EvidenceBody(Body):
    evaluation_version = Reference(
        find_evaluation_version, "evaluation", help_text="slug (its newest version), slug@number or an id"
    )


class OfRequirement(APIView):
    """What hangs under one requirement."""

    @cached_property
    def requirement(self) -> Requirement:
        return detail_of(self.request, self.kwargs["key"])

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.requirement.product)

    def criterion(self, statuses: tuple[str, ...] = LIVING) -> Criterion:
        """The criterion of the address, of the first of these revisions that has it. Raises Http404."""
        revisions = {
            revision.status: revision for revision in self.requirement.revisions.filter(status__in=statuses)
        }
        ordered = [revisions[name] for name in statuses if name in revisions]
        found = criterion_of(ordered, self.kwargs["criterion"])
        if found is None:
            raise Http404
        return found

    def verification(self, request: Request) -> Verification:
        """The criterion's evidence by the evaluation a body names. Raises Http404."""
        version = checked(EvidenceBody, request)["evaluation_version"]
        links = self.criterion().verifications.filter(evaluation_version=version)
        found = links.select_related(
            "criterion__revision__requirement__product",
            "criterion__scorer",
            "evaluation_version__evaluation",
            "evaluation_version__dataset_version__dataset",
        ).first()
        if found is None:
            raise Http404
        return found


class Criteria(OfRequirement):
    """The criteria of a requirement, each with where it stands."""

    scopes = {"POST": "write"}
    actions = {"POST": "write_requirements"}

    @extend_schema(parameters=[KEY, VersionQuery], responses=CriterionStateSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """Criteria with their verdicts for a version."""
        state = requirement_detail(self.requirement, versions_for(request, self.requirement.product))
        context = {"exposures": state.exposures}
        return Response(CriterionStateSerializer(state.criteria, many=True, context=context).data)

    @extend_schema(parameters=[KEY], request=CriterionBody, responses={201: RequirementDetailSerializer})
    def post(self, request: Request, key: str) -> Response:
        """A new criterion in the draft; it gets the next key."""
        fields = _resolved(checked(CriterionBody, request), self.requirement)
        with transaction.atomic():
            revision = open_revision(actor=person(request), requirement=self.requirement)
            save_criterion(actor=person(request), revision=revision, fields=fields)
        return shown(request, self.requirement, status.HTTP_201_CREATED)


class OneCriterion(OfRequirement):
    """One criterion by its key, which it keeps over all revisions."""

    scopes = {"PATCH": "write", "DELETE": "write"}
    actions = {"PATCH": "write_requirements", "DELETE": "write_requirements"}

    @extend_schema(parameters=[KEY, CRITERION, VersionQuery], responses=CriterionStateSerializer)
    def get(self, request: Request, key: str, criterion: str) -> Response:
        """A criterion with its verdict for a version."""
        state = requirement_detail(self.requirement, versions_for(request, self.requirement.product))
        found = next((one for one in state.criteria if one.criterion.key == criterion), None)
        if found is None:
            raise Http404
        return Response(CriterionStateSerializer(found, context={"exposures": state.exposures}).data)

    @extend_schema(
        parameters=[KEY, CRITERION], request=ChangeCriterionBody, responses=RequirementDetailSerializer
    )
    def patch(self, request: Request, key: str, criterion: str) -> Response:
        """Change a criterion in the draft; one loosened after a miss says so for ever."""
        fields = _resolved(checked(ChangeCriterionBody, request), self.requirement)
        seen = fields.pop("seen", None)
        self.criterion()
        with transaction.atomic():
            revision = open_revision(actor=person(request), requirement=self.requirement)
            save_criterion(actor=person(request), revision=revision, fields=fields, key=criterion, seen=seen)
        return shown(request, self.requirement)

    @extend_schema(parameters=[KEY, CRITERION], responses={200: RequirementDetailSerializer})
    def delete(self, request: Request, key: str, criterion: str) -> Response:
        """Take a criterion out of the draft; what was approved stands until the draft is agreed."""
        self.criterion()
        with transaction.atomic():
            revision = open_revision(actor=person(request), requirement=self.requirement)
            found = criterion_of([revision], criterion)
            if found is None:
                raise Http404
            remove_criterion(actor=person(request), criterion=found)
        return shown(request, self.requirement)


class CriterionEvidence(OfRequirement):
    """The evaluations a criterion is measured by."""

    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(
        parameters=[KEY, CRITERION], request=EvidenceBody, responses={201: RequirementDetailSerializer}
    )
    def post(self, request: Request, key: str, criterion: str) -> Response:
        """Measure the criterion by an evaluation version that has its scorer; finished runs are judged at once."""
        version = checked(EvidenceBody, request)["evaluation_version"]
        link_evidence(actor=person(request), criterion=self.criterion(), evaluation_version=version)
        return shown(request, self.requirement, status.HTTP_201_CREATED)


class CriterionConfirmation(OfRequirement):
    """Evidence that needs a re-check and is still right."""

    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(parameters=[KEY, CRITERION], request=EvidenceBody, responses=RequirementDetailSerializer)
    def post(self, request: Request, key: str, criterion: str) -> Response:
        """Say that what changed since the evidence was linked does not matter."""
        confirm_unchanged(actor=person(request), verification=self.verification(request))
        return shown(request, self.requirement)


def _resolved(fields: dict[str, Any], requirement: Requirement) -> dict[str, Any]:
    """The fields as the service takes them: the rival set itself, the slice in two. Raises ValidationError."""
    changed = dict(fields)
    if "slice" in changed:
        try:
            name, value = parse_slice(changed.pop("slice")) or ("", "")
        except ValueError as error:
            raise ValidationError({"slice": [str(error)]}) from None
        changed |= {"slice_name": name, "slice_value": value}
    if number := changed.get("rival_set"):
        changed["rival_set"] = requirement.product.rival_sets.filter(number=number).first()
        if changed["rival_set"] is None:
            raise ValidationError({"rival_set": [f"{requirement.product.key} has no rival set {number}."]})
    return changed
