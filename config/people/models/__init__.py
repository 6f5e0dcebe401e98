from config.people.models.audit import AuditEntry
from config.people.models.tokens import Token
from config.people.models.users import Role, User

__all__ = ["AuditEntry", "Role", "Token", "User"]
