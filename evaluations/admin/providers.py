from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import Provider


@admin.register(Provider)
class ProviderAdmin(LookingAdmin):
    """The key's name is shown, never the key; the address is changed on the provider's page, by its service."""

    list_display = [
        "slug",
        "name",
        "adapter",
        "base_url",
        "secret_name",
        "enabled",
        "checked_at",
        "check_note",
    ]
    list_filter = ["adapter", "enabled"]
    search_fields = ["slug", "name"]
    changeable = ["name"]
