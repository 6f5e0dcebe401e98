"""Which door a change came through, so that the audit trail can say it without every service being told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DOORS = frozenset({"page", "api", "admin", "schedule", "command"})

_door: ContextVar[str] = ContextVar("plumbline_door", default="command")


def current() -> str:
    return _door.get()


@contextmanager
def coming_through(door: str) -> Iterator[None]:
    """Everything recorded inside came through this door: page, api, admin, schedule or command."""
    if door not in DOORS:
        raise ValueError(f"{door!r} is not one of {', '.join(sorted(DOORS))}.")
    previous = _door.set(door)
    try:
        yield
    finally:
        _door.reset(previous)
