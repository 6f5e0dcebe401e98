from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from capabilities.models import SharedLink, SignOff
from capabilities.services.shared_links import revoke_link
from config.admin import LookingAdmin, call_for_each


@admin.register(SignOff)
class SignOffAdmin(LookingAdmin):
    list_display = ["baseline", "model_version", "decision", "against_gate", "signed_by", "signed_at", "note"]
    list_filter = ["decision", "against_gate"]
    list_select_related = ["baseline", "model_version__model", "signed_by"]
    search_fields = ["note"]


@admin.register(SharedLink)
class SharedLinkAdmin(LookingAdmin):
    list_display = [
        "id",
        "product",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
        "uses",
        "last_used_at",
    ]
    list_filter = ["product", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["product", "created_by"]
    search_fields = ["product__key"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharedLink]) -> None:
        call_for_each(self, request, queryset, lambda actor, row: revoke_link(actor=actor, link=row))
