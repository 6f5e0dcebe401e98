"""What a browser or a program is told when something goes wrong outside a view."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from config.api.errors import body

API = "/api/"


def problem(request: HttpRequest, status: int, title: str, message: str, code: str) -> HttpResponse:
    """One sentence about what is wrong, as a page, or as the error body for a program."""
    if request.path.startswith(API):
        return JsonResponse(body(code, message), status=status)
    return render(
        request, "error.html", {"title": title, "message": message, "status": status}, status=status
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, "This request cannot be read", "Go back and try again.", "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) or "You may not do this. Ask an administrator."
    return problem(request, 403, "You may not do this", reason, "permission_denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = "There is nothing here, or you may not see it."
    return problem(request, 404, "Not found", reason, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Touches neither the database nor the frame of the site, since either may be what failed."""
    if request.path.startswith(API):
        reason = "Something went wrong on our side. It was logged; try again in a moment."
        return JsonResponse(body("server_error", reason), status=500)
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = (
        "For your safety this form was not accepted: it was open for too long, came from another site, or "
        "cookies are blocked. Go back, reload the page and send it again."
    )
    return problem(request, 403, "The form was not accepted", message, "csrf_failed")
