"""What was worked out of things that never change, kept by the process that worked it out."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Source = TypeVar("Source")


class Kept(Generic[K, V]):
    """At most so many values, by all that they follow from; the oldest go. Shared by the threads, so nobody changes a value."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[K, V] = {}
        self._lock = Lock()

    def get_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Those that are known."""
        known = self._known
        return {key: known[key] for key in keys if key in known}

    def read(self, wanted: Mapping[K, Source], read: Callable[[list[Source]], Mapping[K, V]]) -> dict[K, V]:
        """All that is wanted. wanted: by key what its value is read from; read: gives the values that are not known, which are kept."""
        known = self.get_many(wanted)
        if new := [source for key, source in wanted.items() if key not in known]:
            found = read(new)
            self.keep(found)
            known |= found
        return known

    def keep(self, found: Mapping[K, V]) -> None:
        with self._lock:
            known = {**self._known, **found}
            excess = len(known) - self._most
            self._known = (
                {key: known[key] for key in islice(known, max(0, excess), None)} if excess > 0 else known
            )
