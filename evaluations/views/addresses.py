"""Addresses of the page being read with something changed: every choice is a link."""

from django.http import HttpRequest

LEFT_BEHIND = ("after", "before", "case")


def address(request: HttpRequest, **changes: str) -> str:
    """The query string with these values, starting over at the first page; an empty value is left out."""
    query = request.GET.copy()
    for name in LEFT_BEHIND:
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
