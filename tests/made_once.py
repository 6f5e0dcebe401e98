"""A world that takes long to make and that no test of its module changes for the next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

World = TypeVar("World")


@contextmanager
def made_once(blocker: DjangoDbBlocker, make: Callable[[], World]) -> Iterator[World]:
    """For a fixture of a whole module that asks for django_db_setup and django_db_blocker, whose tests ask for plain django_db.

    Each test takes back what it did itself; at the end the world goes, too.
    """
    with blocker.unblock(), transaction.atomic():
        world = make()
        with blocker.block():
            yield world
        transaction.set_rollback(True)
