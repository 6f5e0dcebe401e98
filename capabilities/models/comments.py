from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class CommentQuerySet(models.QuerySet["Comment"]):
    def open_questions(self) -> Self:
        """Questions that nobody has answered, resolved or taken back."""
        return self.filter(kind=Comment.Kind.QUESTION, parent=None, resolved_at=None, withdrawn_at=None)


class Comment(models.Model):
    """What somebody says about a requirement, or a reply to it.

    text: Markdown; people named in it are kept as `@{id}` (config/mentions.py) and listed in `mentioned`. A question that is asked of
    people is asked of those it names. Withdrawing takes the words away for ever.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", "Comment"
        QUESTION = "question", "Question"
        DECISION = "decision", "Decision"
        ISSUE = "issue", "Issue"

    class Asked(models.TextChoices):
        RESEARCH = "research", "Research"
        PM = "pm", "The product manager"
        PEOPLE = "people", "The people named"

    requirement = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.COMMENT)
    asked = models.CharField(
        max_length=8, choices=Asked, blank=True, help_text="Of whom a question is asked."
    )
    text = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments")
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="mentions", blank=True)
    revision = models.ForeignKey(
        "capabilities.Revision", models.PROTECT, null=True, blank=True, related_name="comments"
    )
    criterion_key = models.CharField(max_length=10, blank=True)
    is_answer = models.BooleanField(default=False, help_text="This reply answers the question above it.")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closing = models.TextField(blank=True, help_text="A last word of who resolved it.")
    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["requirement"],
                condition=Q(kind="question", parent=None, resolved_at=None, withdrawn_at=None),
                name="comment_open_question",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) & ~Q(text="") | Q(withdrawn_at__isnull=False) & Q(text=""),
                name="comment_has_words_until_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(kind="comment"), name="comment_reply_is_plain"
            ),
            models.CheckConstraint(
                condition=Q(asked="") | Q(kind="question"), name="comment_only_questions_are_asked"
            ),
            models.CheckConstraint(
                condition=Q(is_answer=False) | Q(parent__isnull=False), name="comment_answer_is_a_reply"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None, closing="")
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, kind__in=["question", "issue"]),
                name="comment_resolved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.resolves and self.resolved_at is None and self.withdrawn_at is None

    @property
    def resolves(self) -> bool:
        """Whether this is of a kind that stays open until it is resolved."""
        return self.kind in {Comment.Kind.QUESTION, Comment.Kind.ISSUE}
