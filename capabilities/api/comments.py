"""What people say about requirements: whoever may read a product may talk about it, with a token that may write."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.api.owned import OwnedViewSet
from capabilities.models import Comment, Requirement
from capabilities.queries.comments import shown_text, with_people
from capabilities.services import comments
from config.api.bodies import Body, checked
from config.api.paging import KeysetPages
from config.people.requests import person


class CommentSerializer(serializers.ModelSerializer[Comment]):
    requirement = serializers.CharField(source="requirement.key", read_only=True)
    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    mentioned = serializers.SlugRelatedField[Any](slug_field="username", many=True, read_only=True)
    revision = serializers.IntegerField(
        source="revision.number", read_only=True, default=None, allow_null=True
    )
    criterion = serializers.CharField(source="criterion_key", read_only=True)
    asked = serializers.CharField(
        read_only=True,
        help_text="Of whom a question is asked: research, pm or people; empty for nobody in particular.",
    )
    resolved_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    text = serializers.SerializerMethodField(help_text="Markdown. Empty once it is withdrawn.")

    class Meta:
        model = Comment
        fields = (
            "id", "requirement", "parent", "kind", "asked", "text", "author", "mentioned", "revision", "criterion",
            "is_answer", "created_at", "edited_at", "withdrawn_at", "resolved_at", "resolved_by", "closing",
        )  # fmt: skip
        read_only_fields = fields

    def get_text(self, comment: Comment) -> str:
        return shown_text(comment)


class WordsBody(Body):
    text = serializers.CharField(max_length=comments.LONGEST, help_text="Markdown; @name tells that person.")


class CommentBody(WordsBody):
    kind = serializers.ChoiceField(choices=Comment.Kind.choices, default="comment")
    asked = serializers.ChoiceField(
        choices=Comment.Asked.choices, default="", allow_blank=True, help_text="Of whom a question is asked."
    )
    revision = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="Number.")
    criterion = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)


class ReplyBody(WordsBody):
    answers = serializers.BooleanField(default=False, help_text="It settles the question or issue.")


class ClosingBody(Body):
    closing = serializers.CharField(max_length=4_000, required=False, default="", allow_blank=True)


class CommentFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="requirement__product__key")
    requirement = filters.CharFilter(method="of_requirement", label="Key, e.g. VA-12.")
    kind = filters.ChoiceFilter(choices=Comment.Kind.choices)
    asked = filters.ChoiceFilter(choices=Comment.Asked.choices)
    open = filters.BooleanFilter(method="that_are_open", label="Neither resolved nor withdrawn.")

    class Meta:
        model = Comment
        fields: tuple[str, ...] = ()

    def of_requirement(self, rows: QuerySet[Comment], _name: str, key: str) -> QuerySet[Comment]:
        return rows.filter(requirement__in=Requirement.objects.with_key(key))

    def that_are_open(self, rows: QuerySet[Comment], _name: str, wanted: bool) -> QuerySet[Comment]:
        are_open = {"resolved_at": None, "withdrawn_at": None, "kind__in": ["question", "issue"]}
        return rows.filter(**are_open) if wanted else rows.exclude(**are_open)


def reply_of(comment: Comment, code: int = status.HTTP_200_OK) -> Response:
    """The comment as it is stored now."""
    return Response(CommentSerializer(with_people(Comment.objects.filter(pk=comment.pk)).get()).data, code)


class Comments(OfRequirement):
    """What is said about a requirement."""

    scopes = {"POST": "write"}
    actions = {"POST": "read"}

    @extend_schema(parameters=[KEY], responses=CommentSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """All comments and replies, the oldest first; at most 500, `/comments/?requirement=` pages through more."""
        rows = with_people(Comment.objects.filter(requirement=self.requirement))[:500]
        return Response(CommentSerializer(rows, many=True).data)

    @extend_schema(parameters=[KEY], request=CommentBody, responses={201: CommentSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Say something: a comment, question, decision or issue."""
        given = checked(CommentBody, request)
        revision = None
        if number := given.get("revision"):
            revision = self.requirement.revisions.filter(number=number).first()
            if revision is None:
                raise serializers.ValidationError({"revision": [f"There is no revision {number}."]})
        made = comments.comment(
            actor=person(request),
            requirement=self.requirement,
            text=given["text"],
            kind=given["kind"],
            asked=given["asked"],
            revision=revision,
            criterion_key=given["criterion"],
        )
        return reply_of(made, status.HTTP_201_CREATED)


class CommentViewSet(OwnedViewSet[Comment]):
    """Comments of every requirement one may see, newest first."""

    queryset = with_people(Comment.objects.all())
    serializer_class = CommentSerializer
    pagination_class = KeysetPages
    filterset_class = CommentFilter
    lookup_value_converter = "int"
    product_path = "requirement__product"
    scopes = dict.fromkeys(("partial_update", "reply", "answer", "resolve", "reopen", "withdraw"), "write")
    actions = dict.fromkeys(scopes, "read")

    @extend_schema(request=WordsBody, responses=CommentSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Put one's own comment in other words."""
        text = checked(WordsBody, request)["text"]
        return reply_of(comments.edit_comment(actor=person(request), said=self.row, text=text))

    @extend_schema(request=ReplyBody, responses={201: CommentSerializer})
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: int) -> Response:
        """Reply to a comment."""
        made = comments.reply(actor=person(request), parent=self.row, **checked(ReplyBody, request))
        return reply_of(made, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CommentSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        """This reply is the answer: what it replies to is resolved."""
        return reply_of(comments.mark_answer(actor=person(request), said=self.row))

    @extend_schema(request=ClosingBody, responses=CommentSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: int) -> Response:
        """Close a question or an issue."""
        closing = checked(ClosingBody, request)["closing"]
        return reply_of(comments.resolve_comment(actor=person(request), said=self.row, closing=closing))

    @extend_schema(request=None, responses=CommentSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:
        """Open a resolved question or issue again."""
        return reply_of(comments.reopen_comment(actor=person(request), said=self.row))

    @extend_schema(request=None, responses=CommentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take the words away for ever. For its author and administrators."""
        return reply_of(comments.withdraw_comment(actor=person(request), said=self.row))
