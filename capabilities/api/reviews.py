"""Reviews: somebody other than the author answers the text they saw."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.models import Review
from capabilities.services.reviews import review, withdraw_review
from capabilities.services.revisions import current_revision
from config.api.bodies import Body, checked
from config.people.requests import person


class ReviewSerializer(serializers.ModelSerializer[Review]):
    reviewer = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = Review
        fields = (
            "id",
            "revision",
            "reviewer",
            "decision",
            "comment",
            "fingerprint",
            "created_at",
            "withdrawn_at",
            "withdrawn_reason",
        )
        read_only_fields = fields


class ReviewBody(Body):
    decision = serializers.ChoiceField(choices=Review.Decision.choices)
    comment = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")


class WithdrawBody(Body):
    reason = serializers.CharField(max_length=20_000)


class Reviews(OfRequirement):
    """The answers to a requirement's revisions."""

    scopes = {"POST": "write"}
    actions = {"POST": "approve"}

    @extend_schema(parameters=[KEY], responses=ReviewSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """All answers, newest first."""
        rows = Review.objects.filter(revision__requirement=self.requirement)
        rows = rows.select_related("reviewer", "revision").order_by("-id")[:500]
        return Response(ReviewSerializer(rows, many=True).data)

    @extend_schema(parameters=[KEY], request=ReviewBody, responses={201: ReviewSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Answer the revision in review: approve, changes or decline. Needs the approver mark; not for its author."""
        fields = checked(ReviewBody, request)
        answer = review(actor=person(request), revision=current_revision(self.requirement), **fields)
        return Response(ReviewSerializer(answer).data, status=status.HTTP_201_CREATED)


class ReviewWithdrawal(OfRequirement):
    """One's own answer, taken back."""

    required_scope = "write"
    required_action = "approve"

    @extend_schema(
        parameters=[KEY, OpenApiParameter("review", int, OpenApiParameter.PATH)],
        request=WithdrawBody,
        responses=ReviewSerializer,
    )
    def post(self, request: Request, key: str, review: int) -> Response:
        """Take an answer back, with the reason."""
        reason = checked(WithdrawBody, request)["reason"]
        rows = Review.objects.select_related("reviewer", "revision__requirement__product")
        answer = get_object_or_404(rows, pk=review, revision__requirement=self.requirement)
        withdrawn = withdraw_review(actor=person(request), answer=answer, reason=reason)
        return Response(ReviewSerializer(withdrawn).data)
