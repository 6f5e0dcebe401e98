from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from config.errors import Refused
from config.pages import problem
from config.people.via import coming_through

Handler = Callable[[HttpRequest], HttpResponse]
DOORS = (("/api/", "api"), ("/admin/", "admin"))


def door_of(path: str) -> str:
    return next((door for prefix, door in DOORS if path.startswith(prefix)), "page")


def note_door(get_response: Handler) -> Handler:
    """Whatever a request changes is recorded with the door it came through."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with coming_through(door_of(request.path)):
            return get_response(request)

    return middleware


class ReadableRequests:
    """NUL in an address never reaches the database; a rule that a page did not expect becomes a sentence."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("NUL in an address")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        return problem(request, exception.status, "This was refused", exception.message, exception.code)
