"""A suggested strength becomes a discovery: spotted, with the run and slice it was seen in, and still to be reproduced."""

from django.db import transaction

from capabilities.models import Discovery, Product
from capabilities.queries.strengths import strengths_of
from capabilities.services.discoveries import record_discovery
from config.errors import Refused
from config.people.models import User


@transaction.atomic
def record_strength(*, actor: User, product: Product, run: int, part: str, title: str = "") -> Discovery:
    """A discovery from the candidate that this run and slice name. The same candidate a second time answers with the first.

    Raises Refused where it is no candidate (any more).
    """
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    found = strengths_of(product)
    candidate = next((one for one in found.candidates if (one.run.pk, one.part) == (run, part)), None)
    if candidate is None:
        raise Refused(
            "This is no candidate: it does not stand out among all that is looked at. Look at the list again.",
            code="no_candidate",
        )
    if candidate.recorded:
        return Discovery.objects.with_key(candidate.recorded).select_related("product").get()
    return record_discovery(
        actor=actor,
        product=product,
        title=title.strip() or candidate.title,
        statement=candidate.statement(found),
        run=candidate.run,
        part=part,
    )
