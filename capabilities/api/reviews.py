"""Reviews: somebody other than the author answers the text they saw."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.api.requirements import named_reviewers
from capabilities.models import Review, ReviewRequest
from capabilities.queries.reviews import waiting_for
from capabilities.services.reviews import (
    answer_review,
    request_reviews,
    take_back_request,
    withdraw_review,
)
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
    seen = serializers.CharField(
        max_length=64, help_text="The `open_revision.fingerprint` of the text you read."
    )


class ReviewersBody(Body):
    reviewers = serializers.ListField(
        child=serializers.CharField(max_length=150), min_length=1, max_length=20, help_text="User names."
    )


class ReviewRequestSerializer(serializers.ModelSerializer[ReviewRequest]):
    requirement = serializers.CharField(source="revision.requirement.key", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    title = serializers.CharField(source="revision.title", read_only=True)
    reviewer = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = ReviewRequest
        fields = ("id", "requirement", "revision", "title", "reviewer", "requested_by", "created_at")
        read_only_fields = fields


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
        """Answer the revision in review. Needs the approver mark; not for its author.

        The last approval agrees it, `changes` makes it a draft again, `decline` rejects it (a new revision of an agreed text is discarded).
        When the text is no longer the one you read: 409, with `then` and `now`.
        """
        fields = checked(ReviewBody, request)
        seen = fields.pop("seen")
        answer = answer_review(
            actor=person(request), requirement=self.requirement, fingerprint=seen, **fields
        )
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


class ReviewRequests(OfRequirement):
    """Who is asked by name to answer the revision now open."""

    scopes = {"POST": "write"}
    actions = {"POST": "write_requirements"}

    @extend_schema(parameters=[KEY], responses=ReviewRequestSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """Everybody asked, newest first."""
        rows = ReviewRequest.objects.filter(revision__requirement=self.requirement)
        return Response(ReviewRequestSerializer(_with_names(rows), many=True).data)

    @extend_schema(
        parameters=[KEY], request=ReviewersBody, responses={201: ReviewRequestSerializer(many=True)}
    )
    def post(self, request: Request, key: str) -> Response:
        """Ask people by name; they see it among what waits for them."""
        people = named_reviewers(self.requirement, checked(ReviewersBody, request)["reviewers"])
        made = request_reviews(actor=person(request), requirement=self.requirement, reviewers=people)
        rows = ReviewRequest.objects.filter(pk__in=[one.pk for one in made])
        return Response(
            ReviewRequestSerializer(_with_names(rows), many=True).data, status=status.HTTP_201_CREATED
        )


class OneReviewRequest(OfRequirement):
    """Somebody who is asked."""

    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(
        parameters=[KEY, OpenApiParameter("asked", int, OpenApiParameter.PATH)], responses={204: None}
    )
    def delete(self, request: Request, key: str, asked: int) -> Response:
        """Ask them no longer."""
        rows = ReviewRequest.objects.select_related("revision__requirement__product")
        found = get_object_or_404(rows, pk=asked, revision__requirement=self.requirement)
        take_back_request(actor=person(request), request=found)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WaitingReviews(APIView):
    """What waits for one's own review."""

    @extend_schema(responses=ReviewRequestSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Revisions in review that you were asked to answer and have not answered as they stand."""
        return Response(ReviewRequestSerializer(waiting_for(person(request)), many=True).data)


def _with_names(rows: "QuerySet[ReviewRequest]") -> "QuerySet[ReviewRequest]":
    return rows.select_related("revision__requirement__product", "reviewer", "requested_by").order_by("-pk")[
        :500
    ]
