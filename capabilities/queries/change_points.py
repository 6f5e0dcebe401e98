"""Since when: a day, a baseline or a release as the moment from which changes are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from django.utils.dateparse import parse_date

from capabilities.models import Baseline, Product, SignOff
from capabilities.queries.products import JudgedVersions, find_version
from capabilities.queries.references import baseline_number
from evaluations.models import ModelVersion

DAYS_BACK = 14
VERSIONS_BEFORE = 3
GONE_AHEAD = (SignOff.Decision.GO, SignOff.Decision.CONDITIONAL)


@dataclass(frozen=True)
class Since:
    """words: what the moment is, to stand after “since”. refused: what was asked for and cannot be told, as a sentence."""

    moment: datetime
    words: str
    refused: str = ""


def since_of(product: Product, asked: Mapping[str, str], now: datetime) -> Since:
    """release= (a version or a baseline that was signed), baseline= or since= (a day), in this order; else two weeks. Up to two queries."""
    for name, found in (("release", _release), ("baseline", _baseline), ("since", _day)):
        if text := asked.get(name, "").strip()[:200]:
            since = found(product, text)
            if since is None or since.moment >= now:
                refused = f"{_REFUSED[name]} “{text}”: this is what changed in the last two weeks."
                return Since(now - timedelta(days=DAYS_BACK), "two weeks ago", refused)
            return since
    return Since(now - timedelta(days=DAYS_BACK), "two weeks ago")


_REFUSED = {
    "release": "No version or baseline of this product was signed or released as",
    "baseline": "This product has no baseline",
    "since": "No day that is past can be read in",
}


def _day(product: Product, text: str) -> Since | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None:
        return None
    return Since(datetime.combine(day, time(), UTC), f"{day.day} {day:%B %Y}")


def _baseline(product: Product, text: str) -> Since | None:
    number = baseline_number(text)
    found = Baseline.objects.filter(product=product, number=number).first() if number is not None else None
    if found is None:
        return None
    moment = found.closed_at or found.created_at
    deed = "was closed" if found.closed_at else "was made"
    return Since(moment, f"baseline {found.key} {deed}, {_when(moment)}")


def _release(product: Product, text: str) -> Since | None:
    signed = SignOff.objects.filter(baseline__product=product, decision__in=GONE_AHEAD)
    number = baseline_number(text)
    if number is not None:
        found = signed.filter(baseline__number=number).select_related("model_version__model").first()
        return _signed(found, text.upper()) if found else None
    version = find_version(text)
    if version is None:
        return None
    newest = signed.filter(model_version=version).select_related("baseline").first()
    if newest is not None:
        return _signed(newest, version.label)
    if version.released_on is None or not product.subject_models.filter(pk=version.model_id).exists():
        return None
    moment = datetime.combine(version.released_on, time(), UTC)
    return Since(moment, f"{version.label} was released, {_when(moment)}")


def _signed(signed: SignOff, name: str) -> Since:
    return Since(signed.signed_at, f"{name} was signed for, {_when(signed.signed_at)}")


def _when(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def releases_of(product: Product, most: int = 50) -> list[ModelVersion]:
    """Versions that somebody signed for, and ours that were released, the newest first. One query."""
    signed = SignOff.objects.filter(baseline__product=product, decision__in=GONE_AHEAD).values(
        "model_version"
    )
    released = ModelVersion.objects.filter(
        Q(pk__in=signed) | Q(model__in=product.subject_models.all(), released_on__isnull=False)
    )
    return list(released.select_related("model").newest_first()[:most])


def versions_then(versions: JudgedVersions, moment: datetime) -> JudgedVersions:
    """What states spoke of at the moment: the versions of today that were there, then earlier ones of the same model. One query."""
    there = ModelVersion.objects.filter(
        model__in=[version.model_id for version in versions.all], created_at__lte=moment
    )
    earlier: dict[int, list[ModelVersion]] = {}
    for version in there.select_related("model").newest_first():
        earlier.setdefault(version.model_id, []).append(version)
    chosen = [one for version in versions.all for one in _of_model(version, earlier, moment)]
    return JudgedVersions(None, chosen[0] if chosen else None, chosen[1:])


def _of_model(
    version: ModelVersion, earlier: Mapping[int, Sequence[ModelVersion]], moment: datetime
) -> list[ModelVersion]:
    others = [one for one in earlier.get(version.model_id, ()) if one.pk != version.pk][:VERSIONS_BEFORE]
    return [version, *others] if version.created_at <= moment else others
