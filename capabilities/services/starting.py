"""Drafts that start from templates: the words, and the criteria they suggest."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from capabilities.models import Capability, Criterion, Product, Requirement, Revision
from capabilities.packs import Measure, Pack, Template
from capabilities.services.capabilities import create_capability
from capabilities.services.criteria import save_criterion
from capabilities.services.requirements import create_requirement
from capabilities.services.revisions import current_revision
from config.people.models import User
from evaluations.models import Scorer

Suggestion = tuple[Measure, Scorer | None]


def words_of(template: Template) -> dict[str, Any]:
    """What a template fills in: parts of the text, and the facts of the requirement."""
    return {
        "title": template.title,
        "shall": template.shall,
        "rationale": template.rationale,
        "out_of_scope": template.out_of_scope,
        "kind": template.kind,
        "intent": template.intent,
        "priority": template.priority,
        "tags": list(template.tags),
        "examples": [{"input": one.input, "good": one.good, "bad": one.bad} for one in template.examples],
        **dict(template.parts),
    }


def criterion_fields(measure: Measure, scorer: Scorer | None) -> dict[str, Any]:
    """A suggested criterion; without a check it is not measurable yet and keeps what was suggested for when there is one."""
    return {
        "scorer": scorer,
        "statistic": measure.statistic,
        "against": measure.against,
        "threshold": measure.threshold,
        "limit": measure.limit,
        "margin": measure.margin,
        "tolerance": measure.tolerance,
        "tries": measure.tries,
        "reach": measure.reach,
        "must": measure.must,
        "not_measurable_reason": "" if scorer else f"No check is chosen yet. Suggested: {measure.words}.",
    }


@transaction.atomic
def add_suggested(
    *, actor: User | None, revision: Revision, suggestions: Iterable[Suggestion]
) -> list[Criterion]:
    """Write suggested criteria into a draft. Raises ValidationError with the fields at fault."""
    return [
        save_criterion(actor=actor, revision=revision, fields=criterion_fields(measure, scorer))
        for measure, scorer in suggestions
    ]


@transaction.atomic
def start_from_templates(
    *, actor: User | None, product: Product, templates: Sequence[Template], capability: Capability | None
) -> list[Requirement]:
    """A draft of each template under one capability, with its criteria marked as not measurable yet."""
    made = []
    for template in templates:
        words = words_of(template)
        requirement = create_requirement(actor=actor, product=product, capability=capability, **words)
        add_suggested(
            actor=actor,
            revision=current_revision(requirement),
            suggestions=[(measure, None) for measure in template.measures],
        )
        made.append(requirement)
    return made


@transaction.atomic
def start_pack(
    *,
    actor: User | None,
    product: Product,
    pack: Pack,
    slugs: Sequence[str],
    capability: Capability | None = None,
    new_capability: str = "",
) -> list[Requirement]:
    """Drafts of the chosen templates, under a capability there is or the one of this name, made if need be. Raises ValidationError."""
    chosen = [template for template in pack.templates if template.slug in set(slugs)]
    if not chosen:
        raise ValidationError({"templates": "Choose at least one of its templates."})
    if capability is not None and capability.product_id != product.pk:
        raise ValidationError({"capability": "The capability belongs to another product."})
    if name := new_capability.strip():
        there = product.capabilities.filter(name__iexact=name).first()
        capability = there or create_capability(
            actor=actor, product=product, name=name, slug=slugify(name)[:50] or pack.slug
        )
    return start_from_templates(actor=actor, product=product, templates=chosen, capability=capability)
