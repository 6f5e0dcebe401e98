"""The admin looks at everything and changes only what no rule guards; whatever has a rule goes through its service."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from config.errors import Refused
from config.people.models import User
from config.people.requests import person


class LookingAdmin(admin.ModelAdmin):
    """Rows to find and read. `changeable` names the fields without a rule; everything else is shown read-only."""

    changeable: ClassVar[Sequence[str]] = ()
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.changeable) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        names = [field.name for field in self.model._meta.fields] + [
            field.name for field in self.model._meta.many_to_many
        ]
        return [
            *super().get_readonly_fields(request, obj),
            *(name for name in names if name not in self.changeable),
        ]


class LookingInline(admin.TabularInline):
    """Children of a row, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [str(name) for name in self.fields or [field.name for field in self.model._meta.fields]]


def call_for_each(
    modeladmin: admin.ModelAdmin,
    request: HttpRequest,
    rows: QuerySet[Any],
    service: Callable[[User, Any], object],
) -> None:
    """Call a service for each chosen row; a refusal is said in its sentence and the others go on."""
    done = 0
    for row in rows:
        try:
            service(person(request), row)
            done += 1
        except Refused as refusal:
            modeladmin.message_user(request, refusal.message, "ERROR")
        except ValidationError as error:
            modeladmin.message_user(request, " ".join(error.messages), "ERROR")
    if done:
        modeladmin.message_user(request, f"Done for {done}.")
