"""Tasks of a child process that go wrong in the ways native code does."""

import ctypes
import os
import time
from typing import Any

Facts = dict[str, Any]


def crash(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    ctypes.string_at(0)
    return {}, b""


def hang(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    """Holds on as native code does: no signal handler of Python's gets a turn."""
    ctypes.PyDLL(None).sleep(60)
    return {}, b""


def grow(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    return {"size": len(bytearray(4 << 30))}, b""


def refuse(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    raise ValueError("the sound is no sound")


def leave(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    os._exit(3)


def echo(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    os.write(1, b"libraries print what they like")
    time.sleep(facts.get("wait", 0))
    return {"pid": os.getpid()}, content


TASKS = {"crash": crash, "hang": hang, "grow": grow, "refuse": refuse, "leave": leave, "echo": echo}
