"""Providers: where versions are called; their keys stay with the operator."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Provider
from evaluations.providers import adapter_names, get_adapter
from evaluations.providers.addresses import parse_allowed
from evaluations.providers.connection import ConnectionCheck, Listing, list_models, try_connection
from evaluations.providers.outbound import Policy, why_refused
from evaluations.providers.secrets import NAME_RULE, is_secret_name
from evaluations.providers.types import ProviderSettings

FIELDS = (
    "name",
    "adapter",
    "base_url",
    "secret_name",
    "max_concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_seconds",
    "enabled",
    "look_for_models",
)


@transaction.atomic
def save_provider(*, actor: User | None, slug: str, **fields: Any) -> Provider:
    """Make or change a provider. Raises ValidationError with the fields at fault."""
    provider = Provider.objects.select_for_update().filter(slug=slug).first() or Provider(slug=slug)
    before = {name: getattr(provider, name) for name in fields} if provider.pk else {}
    for name in FIELDS:
        if name in fields:
            setattr(provider, name, fields[name])
    provider.full_clean()
    _check(provider)
    provider.save()
    record(
        actor=actor,
        verb="provider.saved",
        noun="provider",
        object_id=provider.pk,
        label=slug,
        before=before,
        after={name: value for name, value in fields.items() if name in FIELDS},
    )
    return provider


def _check(provider: Provider) -> None:
    if provider.adapter not in adapter_names():
        raise ValidationError(
            {"adapter": f"There is no adapter “{provider.adapter}”; there is {', '.join(adapter_names())}."}
        )
    if provider.secret_name and not is_secret_name(provider.secret_name):
        raise ValidationError({"secret_name": NAME_RULE})
    if get_adapter(provider.adapter).needs_http:
        _check_address(provider.base_url)


def _check_address(base_url: str) -> None:
    """Refuse what no call would ever be made to. Behind an egress proxy names are the proxy's to resolve."""
    if not base_url:
        raise ValidationError({"base_url": "This adapter calls an address; give its base URL."})
    policy = outbound_policy()
    if not policy.proxy and (refusal := why_refused(base_url, policy.allowed)):
        raise ValidationError({"base_url": refusal})


def provider_settings(provider: Provider) -> ProviderSettings:
    """The provider as its adapter sees it; holds the key's name, never the key."""
    return ProviderSettings(
        slug=provider.slug,
        adapter=provider.adapter,
        base_url=provider.base_url,
        secret_name=provider.secret_name,
        secret_dir=str(settings.SECRET_DIR),
        max_concurrency=provider.max_concurrency,
        requests_per_minute=provider.requests_per_minute,
        tokens_per_minute=provider.tokens_per_minute,
        timeout_s=provider.timeout_seconds,
    )


def note_check(*, provider: Provider, note: str) -> None:
    """Remember what the last connection test said, and when."""
    Provider.objects.filter(pk=provider.pk).update(checked_at=timezone.now(), check_note=note[:300])


def check_connection(*, actor: User | None, provider: Provider, api_id: str = "") -> ConnectionCheck:
    """Ask the provider whether it is there and knows the model, 15 seconds at most; the sentence is remembered."""
    check = try_connection(provider_settings(provider), outbound_policy(), api_id)
    note_check(provider=provider, note=check.sentence)
    record(
        actor=actor,
        verb="provider.checked",
        noun="provider",
        object_id=provider.pk,
        label=provider.slug,
        after={"works": check.works},
    )
    return check


def models_listed(*, actor: User | None, provider: Provider) -> Listing:
    """Ask the provider which models it has, 15 seconds at most."""
    listing = list_models(provider_settings(provider), outbound_policy())
    record(
        actor=actor,
        verb="provider.listed",
        noun="provider",
        object_id=provider.pk,
        label=provider.slug,
        after={"models": len(listing.names)},
    )
    return listing


def outbound_policy() -> Policy:
    """What calls to providers may do, as the operator set it."""
    return Policy(
        allowed=parse_allowed(",".join(settings.PRIVATE_ENDPOINTS)),
        ca_bundle=settings.CA_BUNDLE,
        proxy=settings.EGRESS_PROXY,
    )
