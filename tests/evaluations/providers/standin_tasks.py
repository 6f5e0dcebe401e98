"""Small stand-ins for tasks, run in a real child process over the real protocol; each is named like a task."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluations.providers.task_child import Ask, Refused

TOOL = {
    "type": "function",
    "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object"}},
}

CALLED = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"x": 2}'}}


def run(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    return globals()[facts["name"].partition("/")[2]](facts, ask)  # type: ignore[no-any-return]


def said(answer: Mapping[str, Any]) -> str:
    if "stop" in answer:
        raise RuntimeError(answer["words"])
    return str(answer["reply"]["choices"][0]["message"]["content"])


def ended(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "finish_reason": "stop", "software": "stand-in 1", **more}


def samples(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """As a task's own data set is told."""
    made = {"id": 7, "input": "Is it?", "choices": None, "target": "yes", "metadata": {"level": 1}}
    every = [made, {**made, "input": "Again?"}, {**made, "id": None, "choices": ["a", "b"]}]
    return {"cases": [json.dumps(case) for case in every[: facts["most"]]], "all": 3}


def conversation(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """As many calls as the arguments say, each with what was said before."""
    messages = list(facts["messages"])
    for _ in range(facts["arguments"].get("calls", 2)):
        config = {"temperature": 0.5, "max_tokens": 9}
        text = said(ask({"messages": messages, "tools": [TOOL], "config": config}))
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": f"{text}!"}]
    messages[1] |= {"tool_calls": [CALLED]}
    return ended(text, transcript=messages[:-1])


def stubborn(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Asks on and answers whatever happens."""
    for _ in range(5):
        ask({"messages": facts["messages"]})
    return ended("fine")


def breaks(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    said(ask({"messages": facts["messages"]}))
    raise RuntimeError("a tool broke")


def breaks_at_once(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    raise RuntimeError("no such tool")


def dies(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    said(ask({"messages": facts["messages"]}))
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hangs(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Its own child holds the time too; that one must go with it."""
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        Path(facts["metadata"]["pid_file"]).write_text(str(sleeper.pid))
        time.sleep(600)
    return {}


def silent(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    if facts["arguments"].get("asks"):
        said(ask({"messages": facts["messages"]}))
    return ended(" ")


def missing(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    raise Refused("There is no task acme/missing on this machine. There are: none")


def tells(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """What it can see and reach from where it is."""
    seen: dict[str, Any] = {"environment": dict(os.environ), "folder": os.listdir(), "facts": dict(facts)}
    seen["pid"] = os.getpid()
    for name, reach in REACHES.items():
        try:
            reach(facts["metadata"].get("port", 9))
        except OSError as refused:
            seen[name] = str(refused)
    return ended(json.dumps(seen))


def _connect(port: int) -> None:
    with socket.socket() as outward:
        outward.connect(("127.0.0.1", port))


def _unix(port: int) -> None:
    with socket.socket(socket.AF_UNIX) as outward:
        outward.connect("/run/nothing.sock")


REACHES = {
    "connect": _connect,
    "unix": _unix,
    "look_up": lambda port: socket.getaddrinfo("example.com", 80),
}
