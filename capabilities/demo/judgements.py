"""The judgements of the demo: product, tree, requirements with criteria and evidence, a baseline, a waiver."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from capabilities.demo.catalogue import CATALOGUE
from capabilities.demo.facts import Facts
from capabilities.demo.requirements import CAPABILITIES, LINKS, OBJECTIVE_OF, OBJECTIVES, WISHES, Wish
from capabilities.models import Capability, Objective, Product, Requirement
from capabilities.services import requirements as life
from capabilities.services.baselines import create_baseline
from capabilities.services.capabilities import create_capability, create_objective
from capabilities.services.comments import comment, reply
from capabilities.services.criteria import save_criterion
from capabilities.services.links import add_link
from capabilities.services.products import create_product, create_rival_set, set_versions
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import link_evidence
from capabilities.services.waivers import waive
from config.people.models import User
from evaluations.models import Scorer

PRODUCT = "VA"


def make_judgements(actor: User, facts: Facts) -> Product:
    """Everything people decided in the demo, through the services that people use."""
    product = create_product(
        actor=actor,
        key=PRODUCT,
        name="Aria assistant",
        description="A voice assistant for the car. Everything here was measured on this machine when the demo was loaded.",
    )
    product.subject_models.set(
        facts.models[each.slug] for each in CATALOGUE if each.side == "own" and not each.in_training
    )
    set_versions(
        actor=actor,
        product=product,
        released=facts.versions["aria-language@1"],
        candidate=facts.versions["aria-language@2"],
    )
    create_rival_set(
        actor=actor,
        product=product,
        models=[facts.models["nova-drive"], facts.models["lingo-cloud"]],
        note="Agreed for the autumn release.",
    )
    tree = _tree(actor, product)
    objectives = [
        create_objective(actor=actor, product=product, title=title, horizon=horizon, narrative=narrative)
        for title, horizon, narrative in OBJECTIVES
    ]
    made = {wish.title: _requirement(actor, product, wish, tree, objectives, facts) for wish in WISHES}
    for source, kind, target, note in LINKS:
        add_link(actor=actor, source=made[source], target=made[target], kind=kind, note=note)
    _decide(actor, product, made)
    _talk(actor, made)
    return product


def _tree(actor: User, product: Product) -> dict[str, Capability]:
    tree: dict[str, Capability] = {}
    for position, (slug, parent, name, description) in enumerate(CAPABILITIES):
        tree[slug] = create_capability(
            actor=actor,
            product=product,
            slug=slug,
            name=name,
            description=description,
            parent=tree.get(parent),
            position=position,
        )
    return tree


def _requirement(  # noqa: PLR0913 - the parts a requirement hangs on
    actor: User,
    product: Product,
    wish: Wish,
    tree: dict[str, Capability],
    objectives: list[Objective],
    facts: Facts,
) -> Requirement:
    requirement = life.create_requirement(
        actor=actor,
        product=product,
        title=wish.title,
        shall=wish.shall,
        rationale=wish.rationale,
        kind=wish.kind,
        capability=tree[wish.capability],
        objective=objectives[OBJECTIVE_OF[wish.capability]],
        intent=wish.intent,
        priority=wish.priority,
        **wish.parts,
    )
    revision = current_revision(requirement)
    for slug, fields in wish.criteria:
        criterion = save_criterion(actor=actor, revision=revision, fields=_criterion_fields(fields))
        if slug:
            link_evidence(actor=actor, criterion=criterion, evaluation_version=facts.evaluations[slug])
    _live(actor, requirement, wish)
    return requirement


def _criterion_fields(fields: dict[str, Any]) -> dict[str, Any]:
    slug = fields.get("scorer")
    return fields | ({"scorer": Scorer.objects.get(slug=slug)} if slug else {})


def _live(actor: User, requirement: Requirement, wish: Wish) -> None:
    if wish.stop == "deferred":
        life.put_aside(
            actor=actor,
            requirement=requirement,
            lifecycle="deferred",
            reason="The lexicon is being renewed; again in spring.",
        )
    if wish.stop in {"in_review", "approved"}:
        life.submit_for_review(actor=actor, requirement=requirement)
    if wish.stop == "approved":
        life.approve(actor=actor, requirement=requirement)


def _decide(actor: User, product: Product, made: dict[str, Requirement]) -> None:
    sarcasm = made["Reads sarcasm in reviews"]
    waive(
        actor=actor,
        requirement=sarcasm,
        criterion_key="AC-1",
        expires_on=timezone.localdate() + timedelta(days=60),
        reason="Sarcasm waits for the language model; support reads those reviews by hand until then.",
    )
    life.answer_commitment(
        actor=actor, requirement=made["Short commands in any of 21 languages"], commitment="training"
    )
    life.answer_commitment(
        actor=actor, requirement=made["Knows the language of an utterance"], commitment="accepted"
    )
    languages = [
        requirement
        for requirement in made.values()
        if requirement.kind == "ml" and requirement.capability and requirement.capability.slug == "language"
    ]
    create_baseline(
        actor=actor,
        product=product,
        name="Autumn release: languages",
        requirements=languages,
        note="What Aria Language is held to before it ships.",
    )


def _talk(actor: User, made: dict[str, Requirement]) -> None:
    """A question that waits for research, one that is answered, and a decision."""
    sarcasm = made["Reads sarcasm in reviews"]
    comment(
        actor=actor,
        requirement=sarcasm,
        text="How many *sarcastic* reviews would the next training set need before this can be met?",
        kind="question",
        asked="research",
        criterion_key="AC-1",
    )
    comment(
        actor=actor,
        requirement=sarcasm,
        text="Support reads these reviews by hand until the waiver ends; we do not hold the release for them.",
        kind="decision",
    )
    answered = comment(
        actor=actor,
        requirement=made["Knows the language of an utterance"],
        text="Does this hold for short commands too?",
        kind="question",
        asked="pm",
    )
    reply(
        actor=actor,
        parent=answered,
        text="No: *Short commands in any of 21 languages* is a requirement of its own.",
        answers=True,
    )
