from config.people.admin import audit, notices, tokens, users

__all__ = ["audit", "notices", "tokens", "users"]
