"""Tasks as benchmark packages have them: with tools, a cache, a sandbox, and data that is elsewhere."""

from __future__ import annotations

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample, hf_dataset
from inspect_ai.model import ChatMessageUser
from inspect_ai.scorer import match
from inspect_ai.solver import Generate, Solver, TaskState, generate, multiple_choice, solver, use_tools
from inspect_ai.tool import Tool, tool


@tool
def add() -> Tool:
    async def execute(x: int, y: int) -> int:
        """Add two numbers.

        Args:
            x: The first.
            y: The second.
        """
        return x + y

    return execute


@tool
def broken() -> Tool:
    async def execute(x: int, y: int) -> int:
        """Add two numbers, or not.

        Args:
            x: The first.
            y: The second.
        """
        raise RuntimeError("the calculator is on fire")

    return execute


OWN = [Sample(input="never asked", target="never seen")]


@task
def adding(broke: bool = False) -> Task:
    return Task(dataset=OWN, solver=[use_tools(broken() if broke else add()), generate()])


@task
def choosing() -> Task:
    return Task(dataset=OWN, solver=multiple_choice())


@task
def quiz() -> Task:
    """A benchmark with its own samples: choices, a conversation, metadata, a file for its sandbox."""
    samples = [
        Sample(
            input="Which is red?", choices=["sky", "blood"], target="B", id="colour", metadata={"level": 1}
        ),
        Sample(
            input=[ChatMessageUser(content="2 + 2?")], target=["4", "four"], files={"a.txt": "never shown"}
        ),
    ]
    return Task(dataset=samples, solver=generate(), scorer=match())


@task
def in_a_box() -> Task:
    return Task(dataset=OWN, solver=generate(), sandbox="local")


@task
def elsewhere() -> Task:
    return Task(dataset=hf_dataset("acme/benchmark", split="test"), solver=generate())


@solver
def from_cache(**ignored: Any) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return await generate(state, cache=True)

    return solve
