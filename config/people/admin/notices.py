from django.contrib import admin

from config.admin import LookingAdmin
from config.people.models import Letter, Notice, NoticeSettings, Watch


@admin.register(Notice)
class NoticeAdmin(LookingAdmin):
    list_display = ["person", "kind", "label", "at", "read_at", "mail", "mailed_at"]
    list_filter = ["kind", "mail"]
    list_select_related = ["person"]
    search_fields = ["label", "person__username"]


@admin.register(Letter)
class LetterAdmin(LookingAdmin):
    list_display = ["id", "person", "day", "created_at", "tries", "sent_at", "given_up_at", "error"]
    list_filter = [("given_up_at", admin.EmptyFieldListFilter), ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person"]
    search_fields = ["person__username", "error"]


@admin.register(Watch)
class WatchAdmin(LookingAdmin):
    list_display = ["person", "noun", "object_id", "product", "stopped"]
    list_filter = ["noun", "stopped"]
    list_select_related = ["person"]
    search_fields = ["person__username", "=object_id"]


@admin.register(NoticeSettings)
class NoticeSettingsAdmin(LookingAdmin):
    list_display = ["person", "mail", "digest_hour", "zone", "auto_watch"]
    list_select_related = ["person"]
    search_fields = ["person__username"]
