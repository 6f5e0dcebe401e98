"""Products, their members and the rivals they agreed to be held against."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from capabilities import signals
from capabilities.models import Membership, Product, RivalSet, RivalSetModel
from config.errors import Refused
from config.people.models import Role, User
from config.people.services.audit import record
from evaluations.models import Model, ModelVersion, Side


@transaction.atomic
def create_product(*, actor: User | None, key: str, name: str, **fields: Any) -> Product:
    """A product; whoever makes it becomes a member with their own role. Raises ValidationError."""
    product = Product(key=key.upper(), name=name, **fields)
    product.full_clean()
    product.save()
    if actor is not None:
        Membership.objects.create(product=product, user=actor, role=actor.role)
    record(
        actor=actor,
        verb="product.created",
        noun="product",
        object_id=product.pk,
        label=product.key,
        product=product.key,
        after={"name": product.name, "approvals_required": product.approvals_required},
    )
    return product


@transaction.atomic
def set_versions(
    *,
    actor: User | None,
    product: Product,
    released: ModelVersion | None = None,
    candidate: ModelVersion | None = None,
) -> Product:
    """Say which version is released and which is the candidate. Raises ValidationError for a model that is not ours."""
    for version in (released, candidate):
        if version is not None and version.model.side != Side.OWN:
            raise ValidationError(
                {"version": f"{version.label} is not ours: only our own versions can be released."}
            )
    product = Product.objects.select_for_update().get(pk=product.pk)
    before = _versions(product)
    product.released_version = released
    product.candidate_version = candidate
    product.save(update_fields=["released_version", "candidate_version"])
    _announce(product)
    record(
        actor=actor,
        verb="product.versions_set",
        noun="product",
        object_id=product.pk,
        label=product.key,
        product=product.key,
        before=before,
        after=_versions(product),
    )
    return product


def _versions(product: Product) -> dict[str, str | None]:
    released, candidate = product.released_version, product.candidate_version
    return {
        "released": released.label if released else None,
        "candidate": candidate.label if candidate else None,
    }


@transaction.atomic
def set_member(*, actor: User | None, product: Product, user: User, role: str | None) -> None:
    """Give a person a role in the product; None takes them out."""
    before = product.memberships.filter(user=user).values_list("role", flat=True).first()
    if role is None:
        Membership.objects.filter(product=product, user=user).delete()
    else:
        Membership.objects.update_or_create(product=product, user=user, defaults={"role": role})
    record(
        actor=actor,
        verb="product.member_set",
        noun="product",
        object_id=product.pk,
        label=product.key,
        product=product.key,
        before={"user": user.pk, "role": before},
        after={"user": user.pk, "role": role},
    )


@transaction.atomic
def create_rival_set(
    *, actor: User | None, product: Product, models: Sequence[Model], note: str = ""
) -> RivalSet:
    """The next rival set of a product; it never changes afterwards. Raises ValidationError."""
    wrong = [model.slug for model in models if model.side != Side.COMPETITOR]
    if wrong or not models:
        raise ValidationError(
            {
                "models": f"Name competitors only; not {', '.join(wrong)}."
                if wrong
                else "Name at least one rival."
            }
        )
    Product.objects.select_for_update().get(pk=product.pk)
    last = product.rival_sets.aggregate(last=Max("number"))["last"] or 0
    rival_set = RivalSet.objects.create(product=product, number=last + 1, note=note)
    RivalSetModel.objects.bulk_create(RivalSetModel(rival_set=rival_set, model=model) for model in models)
    rival_set.frozen_at = timezone.now()
    rival_set.save(update_fields=["frozen_at"])
    _announce(product)
    record(
        actor=actor,
        verb="rival_set.created",
        noun="rival_set",
        object_id=rival_set.pk,
        label=str(rival_set),
        product=product.key,
        after={"models": [model.slug for model in models]},
    )
    return rival_set


def _announce(product: Product) -> None:
    transaction.on_commit(lambda: signals.comparison_changed.send(Product, product_id=product.pk))


def take_numbers(product: Product, wanted: Sequence[int | None]) -> list[int]:
    """Requirement numbers, the product's next where None is wanted; under a lock, so that none is given twice. Two queries.

    wanted: may be a number that an import brings along; the next one is above it then. Whether it is free, the database says.
    """
    number = Product.objects.select_for_update().values_list("next_number", flat=True).get(pk=product.pk)
    taken = []
    for one in wanted:
        taken.append(number if one is None else one)
        number = max(number, taken[-1] + 1)
    Product.objects.filter(pk=product.pk).update(next_number=number)
    return taken


@transaction.atomic
def change_product(
    *, actor: User, product: Product, subject_models: Sequence[Model] | None = None, **fields: Any
) -> Product:
    """Change a product's settings; its key stays. Raises ValidationError, Refused for one who would lock themselves out."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    before = {name: getattr(product, name) for name in fields}
    models = {} if subject_models is None else {"subject_models": [model.slug for model in subject_models]}
    models_before = {"subject_models": list(product.subject_models.values_list("slug", flat=True))}
    for name, value in fields.items():
        setattr(product, name, value)
    if product.restricted and not before.get("restricted") and not _stays_visible(actor, product):
        raise Refused(
            "Make yourself a member first: restricted to its members, you could no longer see the product.",
            code="locked_out",
        )
    product.full_clean()
    product.save()
    if subject_models is not None:
        product.subject_models.set(subject_models)
    record(
        actor=actor,
        verb="product.changed",
        noun="product",
        object_id=product.pk,
        label=product.key,
        product=product.key,
        before=before | (models_before if models else {}),
        after=fields | models,
    )
    return product


def _stays_visible(actor: User, product: Product) -> bool:
    return actor.is_superuser or actor.role == Role.ADMIN or product.memberships.filter(user=actor).exists()
