"""One sample run by inspect-ai, in a child process (`task_child.py`) and nowhere else: it needs requirements-inspect.txt."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from inspect_ai import Task, eval, task_with
from inspect_ai._eval.registry import task_create
from inspect_ai._util.entrypoints import ensure_entry_points
from inspect_ai._util.registry import registry_create, registry_find, registry_info, registry_lookup
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    get_model,
    messages_from_openai,
    messages_to_openai,
    model_output_from_openai,
    modelapi,
)
from inspect_ai.util import LimitExceededError

from evaluations.providers.inspect_samples import cases_of
from evaluations.providers.task_child import Ask, Refused

SENT = ("max_tokens", "temperature", "top_p", "stop_seqs", "seed", "frequency_penalty", "presence_penalty")
MAX_TRANSCRIPT = 200_000
MAX_KNOWN = 12
_asking: dict[str, Ask] = {}


@modelapi(name="plumbline")
class ParentsModel(ModelAPI):  # type: ignore[misc]
    """A model whose calls are made by the parent process, with its limits, its bill and its key."""

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:
        call = {
            "messages": await messages_to_openai(input),
            "tools": [_tool(tool) for tool in tools],
            "tool_choice": _choice(tool_choice),
            "config": {name: value for name in SENT if (value := getattr(config, name)) is not None},
        }
        answer = await asyncio.to_thread(_asking["parent"], json.loads(json.dumps(call, default=_plain)))
        if answer.get("stop") == "limit":
            raise LimitExceededError("custom", value=1, limit=1, message=str(answer["words"]))
        if "stop" in answer:
            raise RuntimeError(str(answer["words"]))
        return await model_output_from_openai(_whole(answer["reply"]))


def _whole(reply: Mapping[str, Any]) -> dict[str, Any]:
    """A reply with all that OpenAI's own has; many servers leave out what only fills the form."""
    usage = reply.get("usage") or {}
    tokens = {name: usage.get(name) or 0 for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    choices = [
        {"index": place, **choice, "finish_reason": choice.get("finish_reason") or "stop"}
        for place, choice in enumerate(reply["choices"])
    ]
    form = {"id": "", "created": 0, "model": ""}
    return {**form, **reply, "object": "chat.completion", "choices": choices, "usage": {**usage, **tokens}}


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True)


def _tool(tool: Any) -> dict[str, Any]:
    schema = tool.parameters.model_dump(exclude_none=True)
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": schema},
    }


def _choice(choice: Any) -> Any:
    if isinstance(choice, str):
        return {"any": "required"}.get(choice, choice)
    return {"type": "function", "function": {"name": choice.name}}


def run(facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """What the task made of one sample; with `most` among the facts, its own samples instead. Raises Refused."""
    _asking["parent"] = ask
    task = _task(facts)
    if "most" in facts:
        return asyncio.run(cases_of(task, facts["most"]))
    if _wants_sandbox(task) and not facts["sandboxes"]:
        raise Refused(
            f"The task {facts['name']} runs what the model writes in a sandbox, and an operator allowed none (PLUMBLINE_INSPECT_SANDBOX)"
        )
    folder = tempfile.mkdtemp(prefix="sample-")
    os.environ["INSPECT_CACHE_DIR"] = os.path.join(folder, "cache")
    try:
        return asyncio.run(_told(_log(task, facts, folder), facts))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _log(task: Any, facts: Mapping[str, Any], folder: str) -> Any:
    """The log of the one sample. Retries are off in the model and in the run: the parent alone tries again."""
    model = get_model("plumbline/" + facts["model"], config=GenerateConfig(max_retries=0), memoize=False)
    sample = asyncio.run(_sample(facts))
    [log] = eval(
        task_with(task, dataset=MemoryDataset([sample]), scorer=None, metrics=None),
        model=model,
        model_roles={},
        epochs=1,
        score=False,
        fail_on_error=False,
        retry_on_error=0,
        max_retries=0,
        acp_server=False,
        ctl_server=False,
        display="none",
        log_dir=os.path.join(folder, "logs"),
        log_format="json",
        log_realtime=False,
        log_level="error",
        message_limit=facts.get("message_limit"),
    )
    return log


async def _sample(facts: Mapping[str, Any]) -> Sample:
    return Sample(
        input=await messages_from_openai(facts["messages"]),
        choices=facts.get("choices"),
        metadata=facts.get("metadata") or None,
        id="case",
    )


async def _told(log: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A log that says success may hold a sample that failed, so the sample is asked too."""
    sample = log.samples[0] if log.samples else None
    error = log.error if sample is None else sample.error
    if error is not None or sample is None:
        words = error.message if error is not None else f"the log says {log.status} and holds no sample"
        return {"problem": f"the task failed: {words}"[:500]}
    package = facts["name"].partition("/")[0]
    return {
        "text": sample.output.completion,
        "finish_reason": _finish(sample),
        "limit": sample.limit.type if sample.limit else "",
        "transcript": _short(await messages_to_openai(sample.messages)),
        "software": f"inspect-ai {version('inspect-ai')}, {package} {_version(package)}",
    }


def _finish(sample: Any) -> str:
    said = sample.output.stop_reason if sample.output.choices else ""
    return {"max_tokens": "length", "model_length": "length"}.get(said, said)


def _short(messages: Any) -> list[Any]:
    """Messages as plain values; the middle is left out where they are too many to keep."""
    plain: list[Any] = json.loads(json.dumps(messages, default=_plain))
    while len(plain) > 2 and len(json.dumps(plain)) > MAX_TRANSCRIPT:
        del plain[len(plain) // 2]
    return plain


def _task(facts: Mapping[str, Any]) -> Any:
    """The task by its name in inspect's registry, or one around the solver of that name."""
    kind, name = facts["kind"], facts["name"]
    ensure_entry_points(name.partition("/")[0])
    if registry_lookup(kind, name) is None:
        raise Refused(
            f"There is no {kind} {name} on this machine. There are: {', '.join(_known(kind)) or 'none'}"
        )
    try:
        if kind == "task":
            return task_create(name, **facts["arguments"])
        return Task(solver=registry_create(kind, name, **facts["arguments"]))
    except Exception as raised:
        words = f"{type(raised).__name__}: {raised}"[:300]
        raise Refused(
            f"The {kind} {name} cannot be made here: {words}. Nothing is downloaded for it: its data must be installed first"
        ) from None


def _known(kind: str) -> list[str]:
    ensure_entry_points()
    names = {registry_info(each).name for each in registry_find(lambda info: info.type == kind)}
    return sorted(name for name in names if not name.startswith("inspect_ai/"))[:MAX_KNOWN]


def _wants_sandbox(task: Any) -> bool:
    return task.sandbox is not None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        module = sys.modules.get(package)
        return str(getattr(module, "__version__", "unknown"))
