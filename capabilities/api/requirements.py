"""Requirements: found by field and state, written, moved through their life, reviewed and answered."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedViewSet
from capabilities.api.requirement_bodies import (
    ChangeRequirementBody,
    CommitmentBody,
    MoveBody,
    NeededReasonBody,
    ReasonBody,
    RequirementBody,
    RequirementQuery,
    SubmitBody,
    VersionQuery,
    split_fields,
)
from capabilities.api.states import RequirementDetailSerializer, RequirementSerializer
from capabilities.models import Product, Requirement
from capabilities.queries.past import states_as_of
from capabilities.queries.products import JudgedVersions, judged_versions, only, visible_products
from capabilities.queries.references import find_requirement
from capabilities.queries.requirement_details import requirement_detail
from capabilities.queries.requirements import Joined, filter_from, requirement_list
from capabilities.queries.reviews import possible_reviewers
from capabilities.queries.states import RequirementState
from capabilities.services.ordering import move_requirement
from capabilities.services.requirements import (
    answer_commitment,
    approve,
    create_requirement,
    put_aside,
    reopen,
    send_back,
    set_fields,
    submit_for_review,
)
from capabilities.services.reviews import request_reviews
from capabilities.services.revisions import current_revision, discard_revision, edit_revision
from capabilities.services.standings import catch_up
from config.api.bodies import asked, checked
from config.people.models import User
from config.people.requests import person
from evaluations.models import ModelVersion

WRITES = (
    "create",
    "partial_update",
    "submit",
    "approve",
    "send_back",
    "defer",
    "reject",
    "retire",
    "reopen",
    "discard",
    "move",
)


MOST_PRODUCTS = 50


def detail_of(request: Request, key: str) -> Requirement:
    """The requirement of this key. Raises Http404."""
    if (found := find_requirement(person(request), key)) is None:
        raise Http404
    return found


def versions_for(request: Request, product: Product) -> JudgedVersions:
    """The versions states speak of, as ?version= says. Raises ValidationError for an unknown one."""
    chosen: ModelVersion | None = asked(VersionQuery, request).get("version")
    return only(chosen) if chosen else judged_versions(product)


def shown(request: Request, requirement: Requirement, code: int = status.HTTP_200_OK) -> Response:
    """The reply of everything that shows one requirement."""
    fresh = detail_of(request, requirement.key)
    state = requirement_detail(fresh, versions_for(request, fresh.product))
    context = {"exposures": state.exposures}
    return Response(RequirementDetailSerializer(state, context=context).data, status=code)


def named_reviewers(requirement: Requirement, names: Sequence[str]) -> list[User]:
    """Those who may review the revision now open, by user name. Raises ValidationError for anybody else."""
    author = current_revision(requirement).author
    possible = {user.username: user for user in possible_reviewers(requirement.product, author)}
    unknown = [name for name in names if name not in possible]
    if unknown:
        raise ValidationError({"reviewers": [f"“{unknown[0][:60]}” may not review this; ask somebody else."]})
    return [possible[name] for name in names]


def _now(request: Request, products: Iterable[Product]) -> Joined:
    wanted = filter_from(request.query_params)
    lists = []
    for product in products:
        catch_up(product)
        lists.append(requirement_list(product, versions_for(request, product), wanted, bare=True))
    return Joined(lists)


def _as_of(request: Request, products: Iterable[Product], moment: datetime) -> Sequence[RequirementState]:
    """What was agreed and judged then. Raises ValidationError for filters, which speak of the present."""
    beside = set(request.query_params) - {"as_of", "product", "version", "page", "page_size"}
    if beside:
        raise ValidationError({name: ["Does not go with as_of."] for name in sorted(beside)})
    found: list[RequirementState] = []
    for product in products:
        found += states_as_of(product, moment, versions_for(request, product)).states
    return found


class RequirementViewSet(OwnedViewSet[Requirement]):
    """Requirements of a product."""

    queryset = Requirement.objects.select_related(
        "product", "capability", "objective", "owner", "commitment_by"
    )
    serializer_class = RequirementDetailSerializer
    filter_backends: list[Any] = []
    lookup_url_kwarg = "key"
    lookup_field = "key"
    scopes = dict.fromkeys((*WRITES, "commitment"), "write")
    actions = dict.fromkeys(WRITES, "write_requirements")

    def get_object(self) -> Requirement:
        return detail_of(self.request, self.kwargs["key"])

    @extend_schema(parameters=[RequirementQuery], responses=RequirementSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Where the requirements of a product, or of every product one may see, stand for a version."""
        query = asked(RequirementQuery, request)
        named = query.get("product")
        products = [named] if named else visible_products(person(request))[:MOST_PRODUCTS]
        rows: Any = _as_of(request, products, query["as_of"]) if "as_of" in query else _now(request, products)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RequirementSerializer(page, many=True).data)

    @extend_schema(parameters=[VersionQuery], responses=RequirementDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One requirement with its text, criteria, verdicts and what each says in words."""
        return shown(request, self.row)

    @extend_schema(request=RequirementBody, responses={201: RequirementDetailSerializer})
    def create(self, request: Request) -> Response:
        """A draft; title and what the model shall do are enough."""
        fields = checked(RequirementBody, request)
        identity, words = split_fields(fields, fields.pop("product"))
        made = create_requirement(actor=person(request), **identity, **words)
        return shown(request, made, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeRequirementBody, responses=RequirementDetailSerializer)
    def partial_update(self, request: Request, key: str) -> Response:
        """Change fields, or the text: that needs the `edit_count` last seen, and 409 shows what somebody else saved.

        Changing the text of an approved requirement opens a new revision; what was approved stands meanwhile.
        """
        fields = checked(ChangeRequirementBody, request)
        expected = fields.pop("edit_count", None)
        identity, words = split_fields(fields, self.row.product)
        identity.pop("product")
        if words and expected is None:
            raise ValidationError(
                {"edit_count": ["Send the edit_count you saw, so that nobody is overwritten."]}
            )
        with transaction.atomic():
            if identity:
                set_fields(actor=person(request), requirement=self.row, **identity)
            if words:
                edit_revision(
                    actor=person(request), requirement=self.row, expected_edit_count=expected, fields=words
                )
        return shown(request, self.row)

    @extend_schema(request=SubmitBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, key: str) -> Response:
        """Put the draft up for review, and ask people by name; what blocks it is named."""
        names = checked(SubmitBody, request)["reviewers"]
        with transaction.atomic():
            submitted = submit_for_review(actor=person(request), requirement=self.row)
            if names:
                people = named_reviewers(submitted, names)
                request_reviews(actor=person(request), requirement=submitted, reviewers=people)
        return shown(request, submitted)

    @extend_schema(request=None, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, key: str) -> Response:
        """Agree the revision in review once it has enough approvals; where none is needed it is marked self-agreed."""
        return shown(request, approve(actor=person(request), requirement=self.row))

    @extend_schema(request=ReasonBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, key: str) -> Response:
        """Take the revision out of review so that it can be edited."""
        reason = checked(ReasonBody, request)["reason"]
        return shown(request, send_back(actor=person(request), requirement=self.row, reason=reason))

    def _aside(self, request: Request, lifecycle: str) -> Response:
        reason = checked(NeededReasonBody, request)["reason"]
        moved = put_aside(actor=person(request), requirement=self.row, lifecycle=lifecycle, reason=reason)
        return shown(request, moved)

    @extend_schema(request=NeededReasonBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def defer(self, request: Request, key: str) -> Response:
        """Put it off, with the reason."""
        return self._aside(request, Requirement.Lifecycle.DEFERRED)

    @extend_schema(request=NeededReasonBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, key: str) -> Response:
        """Say no, with the reason."""
        return self._aside(request, Requirement.Lifecycle.REJECTED)

    @extend_schema(request=NeededReasonBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, key: str) -> Response:
        """End an approved requirement, with the reason."""
        return self._aside(request, Requirement.Lifecycle.RETIRED)

    @extend_schema(request=None, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, key: str) -> Response:
        """Bring a deferred or rejected requirement back to draft."""
        return shown(request, reopen(actor=person(request), requirement=self.row))

    @extend_schema(request=None, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, key: str) -> Response:
        """Throw away the open revision; what was approved stands."""
        discard_revision(actor=person(request), requirement=self.row)
        return shown(request, self.row)

    @extend_schema(request=MoveBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, key: str) -> Response:
        """Put it elsewhere in the product's own order (`sort=order`)."""
        return shown(
            request,
            move_requirement(actor=person(request), requirement=self.row, **checked(MoveBody, request)),
        )

    @extend_schema(request=CommitmentBody, responses=RequirementDetailSerializer)
    @action(detail=True, methods=["post"])
    def commitment(self, request: Request, key: str) -> Response:
        """Research's answer; infeasible needs a reason."""
        fields = checked(CommitmentBody, request)
        return shown(request, answer_commitment(actor=person(request), requirement=self.row, **fields))
