from django.contrib import admin

from capabilities.models import Membership, Product, RivalSet, RivalSetModel
from config.admin import LookingAdmin, LookingInline


class MembershipInline(LookingInline):
    model = Membership


@admin.register(Product)
class ProductAdmin(LookingAdmin):
    list_display = [
        "key",
        "name",
        "approvals_required",
        "released_version",
        "candidate_version",
        "restricted",
    ]
    list_filter = ["restricted"]
    list_select_related = ["released_version__model", "candidate_version__model"]
    search_fields = ["key", "name"]
    changeable = ["name", "description"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(LookingAdmin):
    list_display = ["product", "user", "role"]
    list_filter = ["product", "role"]
    list_select_related = ["product", "user"]
    search_fields = ["user__username", "product__key"]


class RivalInline(LookingInline):
    model = RivalSetModel


@admin.register(RivalSet)
class RivalSetAdmin(LookingAdmin):
    list_display = ["product", "number", "note", "created_at", "frozen_at"]
    list_filter = ["product"]
    list_select_related = ["product"]
    search_fields = ["note", "product__key"]
    inlines = [RivalInline]
