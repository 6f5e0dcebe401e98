"""Models and their versions: an identity is registered once and never changes; stage and prices may."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations import signals
from evaluations.models import Model, ModelEvent, ModelVersion, Price, Provider
from evaluations.providers import rules
from evaluations.providers.task_plans import plan_problem
from evaluations.services.arrivals import start_for

IDENTITY = ("api_id", "parameters", "own_prompt", "floating", "training_run", "step", "git_sha", "parent")
FACTS = ("stage", "released_on", "shutdown_on", "held_to", "context_window", "modalities")
NEXT_STAGES = {"candidate": {"released", "retired"}, "released": {"retired"}, "retired": set[str]()}


@transaction.atomic
def create_model(
    *,
    actor: User | None,
    slug: str,
    name: str,
    kind: str,
    side: str,
    provider: Provider | None = None,
    **facts: Any,
) -> Model:
    """A model without versions. facts: vendor, terms, description. Raises ValidationError."""
    model = Model(slug=slug, name=name, kind=kind, side=side, provider=provider, **facts)
    model.full_clean()
    model.save()
    record(
        actor=actor,
        verb="model.created",
        noun="model",
        object_id=model.pk,
        label=slug,
        after={"kind": kind, "side": side},
    )
    return model


@transaction.atomic
def register_version(
    *,
    actor: User | None,
    model: Model,
    name: str,
    identity: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
) -> tuple[ModelVersion, bool]:
    """The version called `name`, made when it is new; returns (version, created). A new one is run by the schedules that wait for it.

    identity: any of IDENTITY; facts: any of FACTS, applied only to a new version. Raises Conflict when the version exists with another
    identity, ValidationError for bad values.
    """
    Model.objects.select_for_update().get(pk=model.pk)
    existing = model.versions.filter(name=name).first()
    if existing:
        _same_identity(existing, identity)
        return existing, False
    version = ModelVersion(model=model, name=name, **dict(identity), **dict(facts or {}))
    _check_parameters(model, version)
    version.full_clean(exclude=["parameters", "modalities"])
    version.save()
    ModelEvent.objects.create(
        model_version=version, kind=ModelEvent.Kind.REGISTERED, after=version.api_id[:200]
    )
    record(
        actor=actor,
        verb="model_version.registered",
        noun="model_version",
        object_id=version.pk,
        label=version.label,
    )
    start_for(version)
    transaction.on_commit(
        lambda: signals.model_version_registered.send(ModelVersion, model_version_id=version.pk)
    )
    return version, True


def _same_identity(existing: ModelVersion, identity: Mapping[str, Any]) -> None:
    differing = [name for name, value in identity.items() if getattr(existing, name) != value]
    if differing:
        raise Conflict(
            f"{existing.label} is registered with another {', '.join(differing)}. An identity never changes: register a new name.",
            fields=dict.fromkeys(differing, "differs from what is registered"),
        )


def _check_parameters(model: Model, version: ModelVersion) -> None:
    adapter = model.provider.adapter if model.provider else ""
    if adapter == "inspect" and (problem := plan_problem(version.parameters)):
        raise ValidationError({"parameters": problem})
    if adapter == "rules" and (problems := rules.validate(version.parameters.get("rule_set"))):
        raise ValidationError({"parameters": problems})


@transaction.atomic
def set_stage(
    *, actor: User | None, version: ModelVersion, stage: str, released_on: date | None = None
) -> ModelVersion:
    """Release or retire a version. Raises Refused for a step that is not allowed."""
    version = ModelVersion.objects.select_for_update(of=("self",)).select_related("model").get(pk=version.pk)
    allowed = NEXT_STAGES[version.stage]
    if stage not in allowed:
        ways = " or ".join(sorted(allowed)) or "nothing else"
        raise Refused(f"{version.label} is {version.stage}; it can become {ways}.", code="state")
    before = version.stage
    version.stage = stage
    if stage == ModelVersion.Stage.RELEASED:
        version.released_on = released_on or version.released_on or date.today()
    version.save(update_fields=["stage", "released_on"])
    record(
        actor=actor,
        verb=f"model_version.{stage}",
        noun="model_version",
        object_id=version.pk,
        label=version.label,
        before={"stage": before},
        after={"stage": stage},
    )
    return version


@transaction.atomic
def set_price(
    *,
    actor: User | None,
    version: ModelVersion,
    unit: str,
    amount: Decimal,
    from_date: date,
    currency: str = "USD",
) -> Price:
    """The price of a unit from a date on; the same date again corrects it. Raises ValidationError."""
    price = Price.objects.filter(model_version=version, unit=unit, from_date=from_date).first()
    price = price or Price(model_version=version, unit=unit, from_date=from_date)
    before = {"amount": price.amount} if price.pk else {}
    price.amount, price.currency = amount, currency
    price.full_clean()
    price.save()
    record(
        actor=actor,
        verb="price.set",
        noun="model_version",
        object_id=version.pk,
        label=version.label,
        before=before,
        after={"unit": unit, "amount": amount, "currency": currency, "from": from_date},
    )
    return price
