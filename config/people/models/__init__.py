from config.people.models.audit import AuditEntry
from config.people.models.notices import Letter, Notice, NoticeSettings
from config.people.models.saved_views import SavedView
from config.people.models.tokens import Token
from config.people.models.users import Role, User
from config.people.models.watches import Watch

__all__ = [
    "AuditEntry",
    "Letter",
    "Notice",
    "NoticeSettings",
    "Role",
    "SavedView",
    "Token",
    "User",
    "Watch",
]
