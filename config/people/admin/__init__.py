from config.people.admin import audit, tokens, users

__all__ = ["audit", "tokens", "users"]
