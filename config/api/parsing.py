from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from config.errors import TooLarge
from config.strict_json import BadJSON, strict_json


class StrictJSONParser(JSONParser):
    """JSON in UTF-8, no larger than the upload cap and without anything the database could not store."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        cap = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(cap + 1)
        if len(body) > cap:
            raise TooLarge(f"The body is larger than {cap // 1024 // 1024} MB. Send less at once.")
        try:
            return strict_json(body.decode("utf-8"))
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8.") from None
        except BadJSON as error:
            raise ParseError(str(error)) from None
