"""Requirements to start from, by kind of model and by pack. Add a template to a pack, or a file for a new one."""

from capabilities.packs import (
    contextual_suggestion,
    kinds,
    rag_answers,
    safety_cases,
    structured_extraction,
    voice_assistant,
)
from capabilities.packs.types import Example, Measure, Pack, Template

KINDS = kinds.PACKS
ABILITIES = tuple(
    module.PACK
    for module in (rag_answers, voice_assistant, contextual_suggestion, structured_extraction, safety_cases)
)
PACKS = {pack.slug: pack for pack in (*ABILITIES, *KINDS)}
TEMPLATES = {template.slug: template for pack in PACKS.values() for template in pack.templates}

__all__ = ["ABILITIES", "KINDS", "PACKS", "TEMPLATES", "Example", "Measure", "Pack", "Template"]
