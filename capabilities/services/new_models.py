"""A provider lists a model that nobody has registered: whom it concerns is told, with the way to register it and to its new-model day."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from capabilities.models import Product
from capabilities.queries.audiences import watching_model, watching_product
from config.people.models import Notice, Role, User
from config.people.services.notices import News, tell
from evaluations.canonical import sha256_of
from evaluations.models import Provider
from evaluations.services.provider_lists import due_providers, note_list
from evaluations.services.providers import models_listed

NAMED = 3


def look_for_new_models() -> int:
    """Ask every provider that is due; how many new models there are. Safe beside others that do the same: nobody is told twice."""
    return sum(len(look_at(provider)) for provider in due_providers())


def look_at(provider: Provider) -> list[str]:
    """Ask one provider, 15 seconds at most, by the rules of every outbound call, and tell what is new. A list that fails waits a day."""
    listing = models_listed(actor=None, provider=provider)
    with transaction.atomic():
        fresh = note_list(provider=provider, names=listing.names)
        if fresh:
            tell(_news(provider, fresh), dict.fromkeys(_people(provider), Notice.Kind.MODEL.value))
    return fresh


def _news(provider: Provider, fresh: Sequence[str]) -> News:
    named = ", ".join(fresh[:NAMED])
    more = f" and {len(fresh) - NAMED} more" if len(fresh) > NAMED else ""
    return News(
        event=f"listed:{provider.pk}:{sha256_of(list(fresh))[:32]}",
        noun="provider",
        object_id=provider.pk,
        label=provider.name,
        text=f"lists {'a model' if len(fresh) == 1 else f'{len(fresh)} models'} that nobody has registered: {named}{more}",
        url=_address(provider, fresh),
        at=timezone.now(),
    )


def _address(provider: Provider, fresh: Sequence[str]) -> str:
    """The filled form that registers it, where it is plain which; else the provider's page, which offers a form for each."""
    slugs = list(provider.models.values_list("slug", flat=True)[:2])
    form = reverse("evaluations:model-version-new", args=slugs) if len(slugs) == 1 else ""
    query = urlencode({"api_id": fresh[0], "name": fresh[0]})
    if form and len(fresh) == 1 and len(form) + len(query) < 300:
        return f"{form}?{query}"
    return reverse("evaluations:provider-detail", args=[provider.slug]) + "#found"


def _people(provider: Provider) -> set[int]:
    """Administrators, and who watches a model that is called there or a product that it is the subject or a rival of."""
    people = set(User.objects.filter(is_active=True, role=Role.ADMIN).values_list("pk", flat=True))
    for model in provider.models.all():
        people |= watching_model(model.pk)
    here = Product.objects.filter(subject_models__provider=provider)
    rivals = Product.objects.filter(rival_sets__rivals__provider=provider)
    for product in (here | rivals).distinct():
        people |= watching_product(product)
    return people
