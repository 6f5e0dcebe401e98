"""What a newly agreed revision takes over from the one before: evidence and verdicts of criteria that say the same."""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from capabilities.models import Criterion, Outcome, Revision, Verdict, VerdictLine, Verification
from evaluations.canonical import sha256_of


def carry_over(*, before: Revision, after: Revision) -> int:
    """Take evidence and its newest verdicts over where a criterion's fingerprint is unchanged; how many verdicts came along.

    For callers that hold the requirement locked. Nothing is judged or run again: a verdict is copied as it stands and names the one it came
    from; judging the same runs later adds nothing. Nine queries, and one for each piece of evidence.
    """
    old = {one.key: one for one in before.criteria.prefetch_related("verifications")}
    pairs = [
        (old[one.key], one)
        for one in after.criteria.prefetch_related("verifications")
        if one.key in old and old[one.key].fingerprint == one.fingerprint
    ]
    moved: dict[int, Verification] = {}
    for was, now in pairs:
        moved |= _evidence(was, now, after)
    return _verdicts(moved)


def _evidence(was: Criterion, now: Criterion, revision: Revision) -> Mapping[int, Verification]:
    """The evidence of the new criterion by the id of the old one; what was linked or confirmed while the draft was written comes along."""
    have = {link.evaluation_version_id: link for link in now.verifications.all()}
    found: dict[int, Verification] = {}
    for link in was.verifications.all():
        twin = have.get(link.evaluation_version_id)
        if twin is None and link.confirmed_at > revision.created_at:
            twin = Verification(criterion=now, evaluation_version_id=link.evaluation_version_id)
        if twin is None:
            continue
        if twin.pk is None or twin.confirmed_at < link.confirmed_at:
            twin.stamp, twin.confirmed_at = link.stamp, link.confirmed_at
            twin.confirmed_by_id = link.confirmed_by_id
        twin.origin_id = link.origin_id or link.pk
        twin.save()
        found[link.pk] = twin
    return found


def _verdicts(moved: Mapping[int, Verification]) -> int:
    originals = _standing(moved)
    lines = VerdictLine.objects.filter(verdict__in=originals).order_by("pk")
    by_verdict: dict[int, list[VerdictLine]] = {}
    for line in lines:
        by_verdict.setdefault(line.verdict_id, []).append(line)
    copies = [_copy(original, moved[original.verification_id]) for original in originals]
    Verdict.objects.bulk_create(copies)
    VerdictLine.objects.bulk_create(
        _line(line, copy)
        for original, copy in zip(originals, copies, strict=True)
        for line in by_verdict.get(original.pk, [])
    )
    return len(copies)


def _standing(evidence: Iterable[int]) -> list[Verdict]:
    """The newest verdict of every pair and, where that waits for a second run, the newest that waits for nothing; oldest first."""
    pair = ("verification_id", "model_version_id")
    rows = Verdict.objects.filter(verification__in=list(evidence)).order_by(*pair, "-pk").distinct(*pair)
    settled = rows.filter(Q(outcome__in=[Outcome.MET, Outcome.NOT_MET]) & Q(pending_confirmation=False))
    found = {verdict.pk: verdict for verdict in [*rows, *settled]}
    return [found[pk] for pk in sorted(found)]


def _copy(original: Verdict, verification: Verification) -> Verdict:
    copy = Verdict(
        **{
            field.attname: getattr(original, field.attname)
            for field in Verdict._meta.concrete_fields
            if field.name not in {"id", "created_at"}
        }
    )
    copy.verification = verification
    copy.detail = original.detail | {"carried_from": original.pk}
    copy.evidence = sha256_of(["carried", original.evidence, verification.pk])
    return copy


def _line(original: VerdictLine, verdict: Verdict) -> VerdictLine:
    return VerdictLine(
        verdict=verdict,
        **{
            field.attname: getattr(original, field.attname)
            for field in VerdictLine._meta.concrete_fields
            if field.name not in {"id", "verdict"}
        },
    )
