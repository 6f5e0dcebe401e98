"""Prompts with `{{name}}` slots: which slots they have, and what they read like for one case."""

from evaluations.prompting.attachments import linked_part, media_part
from evaluations.prompting.conversations import messages_for, prompt_problems, values_of
from evaluations.prompting.slots import MissingSlot, fill, slot_problems, slots

__all__ = [
    "MissingSlot",
    "fill",
    "linked_part",
    "media_part",
    "messages_for",
    "prompt_problems",
    "slot_problems",
    "slots",
    "values_of",
]
