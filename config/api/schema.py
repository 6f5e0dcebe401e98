"""What the OpenAPI schema says beyond the serializers: tokens, the scope each call needs, the shape of errors."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from config.people.permissions import scope_needed

ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string", "description": "A stable word for programs."},
                "message": {"type": "string", "description": "What is wrong and what to do."},
                "fields": {"type": "object", "additionalProperties": True},
            },
        }
    },
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.people.authentication.TokenAuthentication"
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token that starts with plb_."}


class ScopedSchema(AutoSchema):
    """Names the scope beside every operation."""

    def get_description(self) -> str:  # type: ignore[override]
        words: str = super().get_description() or ""
        scope = scope_needed(self.view, self.method)
        return f"{words}\n\nScope: `{scope}`".strip() if scope else words


def with_errors(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Every operation may answer with the one error body."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    reference = {"schema": {"$ref": "#/components/schemas/Error"}}
    reply = {
        "description": "Something is wrong; the message says what.",
        "content": {"application/json": reference},
    }
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, Mapping) and "responses" in operation:
                operation["responses"].setdefault("default", reply)
    return result
