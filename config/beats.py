"""Something said again and again while a block of code runs, from a thread beside it with a database connection of its own."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connection


class Beats(ABC):
    """`with` it, `beat` is called every so many seconds until the block ends; the first time after the first wait."""

    def __init__(self, name: str, seconds: float) -> None:
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(timeout=settings.LEASE_SECONDS)

    @abstractmethod
    def beat(self) -> None:
        """Once; what it raises ends the beats."""

    def _beat_on(self) -> None:
        try:
            while not self._stop.wait(self._seconds):
                self.beat()
        finally:
            connection.close()
