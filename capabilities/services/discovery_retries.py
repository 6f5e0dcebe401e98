"""A new model version gets the tries of everything that ended before it came, in one round."""

from decimal import Decimal

from django.db import transaction

from capabilities.models import DiscoveryEvidence, Product
from capabilities.queries.discovery_retries import worth_retrying
from capabilities.services.discoveries import add_evidence, tell
from config.errors import Refused
from config.people.models import User
from evaluations.models import Cap, ModelVersion, Origin, Round
from evaluations.services.rounds import RoundPreview, preview_round, start_round


@transaction.atomic
def retry_on(
    *,
    actor: User,
    product: Product,
    version: ModelVersion,
    cap: Decimal | None = None,
    cap_unit: str = Cap.MONEY,
) -> Round:
    """Make the tries again as one round of the lab; a later press finds nothing left. Raises Refused where nothing is worth a retry."""
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    found = worth_retrying(product, version)
    if not found:
        raise Refused(f"Nothing is worth a retry on {version.label}.", code="nothing")
    [retry] = found
    versions = [step.evaluation_version for step in retry.tries if step.evaluation_version is not None]
    started = start_round(
        actor=actor,
        name=f"Discoveries tried again on {version.label}",
        evaluation_versions=versions,
        model_versions=[version],
        origin=Origin.LAB,
        cap=cap,
        cap_unit=cap_unit,
        charged_to=product.key,
        reuse=False,
    )
    runs = dict(started.runs.values_list("evaluation_version", "pk"))
    for discovery, step in zip(retry.discoveries, retry.tries, strict=True):
        if step.evaluation_version_id not in runs:
            continue
        add_evidence(
            actor,
            discovery,
            DiscoveryEvidence.Kind.RETRIED,
            round=started,
            runs=[runs[step.evaluation_version_id]],
            evaluation_version=step.evaluation_version,
            judge=step.judge,
            target=step.target,
        )
        tell(actor, discovery, "discovery.retried", after={"round": started.pk, "version": version.label})
    return started


def preview_retry(
    *, product: Product, version: ModelVersion, cap: Decimal | None = None, cap_unit: str = Cap.MONEY
) -> RoundPreview | None:
    """What the retry would take within a cap; None where there is nothing to retry."""
    found = worth_retrying(product, version)
    if not found:
        return None
    versions = [step.evaluation_version for step in found[0].tries if step.evaluation_version is not None]
    return preview_round(
        evaluation_versions=versions, model_versions=[version], cap=cap, cap_unit=cap_unit, reuse=False
    )
