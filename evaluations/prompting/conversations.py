"""From a prompt and the input of a case to the messages that are sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.prompting.attachments import Part, Placing, appended
from evaluations.prompting.slots import slot_problems, slots

Message = dict[str, Any]
ROLES = ("system", "developer", "user", "assistant")
MAX_MESSAGES = 200


def messages_for(
    prompt: Sequence[Mapping[str, Any]], case_input: Any, media: Sequence[Part] = ()
) -> list[Message]:
    """The messages of one case. Raises MissingSlot.

    A text fills {{input}}; an object fills a slot for each field, and {{input}} as JSON unless it has that field.
    A conversation follows the prompt's own messages, unless the prompt asks for {{input}}: then its last user
    message fills that. An empty prompt sends the text, or the object as JSON, as one user message. media: the case's pictures, sound
    and video as parts; they stand where the prompt says {{image}}, {{audio}} or {{video}}, else at the end of the last user message.
    """
    values = values_of(case_input)
    template = [dict(message) for message in prompt]
    if is_conversation(case_input):
        asked = "input" in slots([message["content"] for message in template])
        own = [] if asked else [dict(message) for message in case_input]
    else:
        template = template or [{"role": "user", "content": "{{input}}"}]
        own = []
    placing = Placing(media, template, values)
    filled = [{**message, "content": placing.content(message["content"], values)} for message in template]
    return appended(filled + own, placing.left())


def values_of(case_input: Any) -> dict[str, Any]:
    """What a case offers to slots."""
    if is_conversation(case_input):
        said = [message["content"] for message in case_input if message["role"] == "user"]
        return {"input": said[-1] if said else ""}
    if isinstance(case_input, dict):
        return {"input": case_input, **case_input}
    return {"input": case_input}


def is_conversation(case_input: Any) -> bool:
    """Whether an input is a list of messages rather than a list of other things."""
    return (
        isinstance(case_input, list)
        and bool(case_input)
        and all(
            isinstance(message, dict) and message.get("role") in ROLES and "content" in message
            for message in case_input
        )
    )


def prompt_problems(prompt: Any) -> list[str]:
    """Sentences about what is wrong with a prompt's messages; empty when they can be used."""
    if not isinstance(prompt, list):
        return ["A prompt is a list of messages."]
    if len(prompt) > MAX_MESSAGES:
        return [f"A prompt has at most {MAX_MESSAGES} messages."]
    problems = [
        problem
        for number, message in enumerate(prompt, start=1)
        for problem in _message_problems(f"Message {number}", message)
    ]
    return problems or slot_problems([message["content"] for message in prompt])


def _message_problems(name: str, message: Any) -> list[str]:
    if not isinstance(message, dict):
        return [f"{name} is not an object with “role” and “content”."]
    problems = []
    if message.get("role") not in ROLES:
        problems.append(f"{name} needs a role: {', '.join(ROLES)}.")
    content = message.get("content")
    parts_are_objects = isinstance(content, list) and all(isinstance(part, dict) for part in content)
    if not (isinstance(content, str) or (content and parts_are_objects)):
        problems.append(f"{name} needs a content: a text, or a list of parts.")
    return problems
