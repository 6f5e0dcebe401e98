from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.errors import Refused
from config.people.models import User
from config.people.requests import person
from config.people.services.users import change_role, deactivate_user

STANDING = ("role", "approver", "may_read_test")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Changes of a standing go through the services; people are created, erased and given passwords under Members."""

    list_display = ["username", "shown_name", *STANDING, "is_active", "last_login"]
    list_filter = [*STANDING, "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    fields = [
        "username",
        "first_name",
        "last_name",
        "email",
        *STANDING,
        "is_active",
        "last_login",
        "date_joined",
    ]
    readonly_fields = ["username", "is_active", "last_login", "date_joined"]
    actions = ["deactivate"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: object, change: bool) -> None:
        plain = ["first_name", "last_name", "email"]
        obj.save(update_fields=plain)
        standing = {name: getattr(obj, name) for name in STANDING}
        try:
            change_role(user=obj, actor=person(request), **standing)
        except Refused as refusal:
            self.message_user(request, refusal.message, "ERROR")

    @admin.action(description="Deactivate, sign out and revoke tokens")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                deactivate_user(user=user, actor=person(request))
            except Refused as refusal:
                self.message_user(request, f"{user.username}: {refusal.message}", "ERROR")
