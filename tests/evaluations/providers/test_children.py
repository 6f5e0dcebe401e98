import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluations.providers.children import MAX_IDLE, ChildFailed, Children

MODULE = "tests.evaluations.providers.bad_models"


@pytest.fixture(scope="module")
def children() -> Children:
    return Children(MODULE, memory_mb=1024)


def test_a_child_is_kept_for_the_next_call_and_gives_bytes_back_whole(children: Children) -> None:
    content = os.urandom(300_000)
    first, back = children.ask("echo", {}, content, 5)
    second, _ = children.ask("echo", {}, b"", 5)
    assert back == content
    assert first["pid"] == second["pid"] != os.getpid()


@pytest.mark.parametrize(
    ("task", "words", "final"),
    [
        ("crash", "its process was ended by SIGSEGV", False),
        ("hang", "it took longer than 0.5 seconds and was ended", False),
        ("grow", "it needed more than 1024 MB of memory", False),
        ("refuse", "the sound is no sound", True),
        ("leave", "its process ended with status 3", False),
    ],
)
def test_whatever_goes_wrong_in_a_child_is_said_and_the_next_call_works(
    children: Children, task: str, words: str, final: bool
) -> None:
    with pytest.raises(ChildFailed) as failure:
        children.ask(task, {}, b"", 0.5)
    assert (str(failure.value), failure.value.final) == (words, final)
    assert children.ask("echo", {}, b"still here", 5)[1] == b"still here"


def test_a_call_that_hangs_ends_in_its_time(children: Children) -> None:
    children.ask("echo", {}, b"", 5)
    began = time.monotonic()
    with pytest.raises(ChildFailed):
        children.ask("hang", {}, b"", 0.3)
    assert time.monotonic() - began < 30


def test_a_crash_takes_no_call_beside_it_along(children: Children) -> None:
    with ThreadPoolExecutor(3) as pool:
        beside = [pool.submit(children.ask, "echo", {"wait": 0.4}, b"%d" % number, 5) for number in range(2)]
        time.sleep(0.1)
        crashed = pool.submit(children.ask, "crash", {}, b"", 5)
        assert [each.result()[1] for each in beside] == [b"0", b"1"]
        assert isinstance(crashed.exception(), ChildFailed)


def test_no_more_children_are_kept_than_are_of_use(children: Children) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: children.ask("echo", {"wait": 0.3}, b"", 5), range(4)))
    assert len(children._idle) <= MAX_IDLE
