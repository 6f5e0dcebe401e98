from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from capabilities.models import Requirement, Revision
from capabilities.services.requirements import approve, submit_for_review
from config.admin import LookingAdmin, LookingInline, call_for_each
from config.errors import Refused
from config.people.access import may, sentence
from config.people.models import User


class RevisionInline(LookingInline):
    model = Revision
    fields = ["number", "title", "status", "author", "approved_at", "self_agreed", "loosened_after_miss"]


@admin.register(Requirement)
class RequirementAdmin(LookingAdmin):
    list_display = [
        "key",
        "kind",
        "priority",
        "intent",
        "lifecycle",
        "commitment",
        "owner",
        "capability",
        "updated_at",
    ]
    list_filter = ["product", "lifecycle", "kind", "priority", "intent", "commitment"]
    list_select_related = ["product", "owner", "capability"]
    search_fields = ["=number", "revisions__title", "revisions__shall", "tags"]
    changeable = ["target"]
    inlines = [RevisionInline]
    actions = ["submit", "agree"]

    @admin.action(description="Submit for review", permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Requirement]) -> None:
        call_for_each(
            self, request, queryset, lambda actor, row: submit_for_review(actor=actor, requirement=row)
        )

    @admin.action(description="Approve", permissions=["change"])
    def agree(self, request: HttpRequest, queryset: QuerySet[Requirement]) -> None:
        call_for_each(self, request, queryset, _approve)


def _approve(actor: User, requirement: Requirement) -> None:
    if requirement.product.approvals_required and not may(actor, "approve"):
        raise Refused(sentence("approve"), code="role")
    approve(actor=actor, requirement=requirement)


@admin.register(Revision)
class RevisionAdmin(LookingAdmin):
    list_display = ["requirement", "number", "title", "status", "author", "self_agreed", "approved_at"]
    list_filter = ["status", "self_agreed", "loosened_after_miss"]
    list_select_related = ["requirement__product", "author"]
    search_fields = ["title", "shall", "fingerprint"]
