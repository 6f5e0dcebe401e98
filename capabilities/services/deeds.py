"""What an entry of the audit trail means to whom: its news, and who is told of what kind."""

from django.urls import reverse

from capabilities.models import Baseline, Comment, GateDecision, Requirement, SignOff
from capabilities.queries.audiences import approvers, watching, watching_baseline, who_sees, with_role
from config.people.models import AuditEntry, Notice, Role
from config.people.services.notices import News

Kind = Notice.Kind
People = dict[int, str]
# Verb -> kind and words; {revision} and others are filled from the entry.
TOLD: dict[str, tuple[str, str]] = {
    "requirement.submitted": (Kind.REVIEW, "asks for a review of revision {revision}"),
    "review.requested": (Kind.REVIEW, "asks you for a review of revision {revision}"),
    "review.approve": (Kind.REVIEW, "approved revision {revision}"),
    "review.changes": (Kind.REVIEW, "asks for changes to revision {revision}"),
    "review.decline": (Kind.REVIEW, "declined revision {revision}"),
    "review.withdrawn": (Kind.REVIEW, "withdrew the review of revision {revision}"),
    "requirement.approved": (Kind.LIFECYCLE, "agreed revision {revision}"),
    "requirement.sent_back": (Kind.LIFECYCLE, "sent it back to draft"),
    "requirement.deferred": (Kind.LIFECYCLE, "deferred it"),
    "requirement.rejected": (Kind.LIFECYCLE, "rejected it"),
    "requirement.retired": (Kind.LIFECYCLE, "retired it"),
    "requirement.reopened": (Kind.LIFECYCLE, "reopened it"),
    "requirement.answered": (Kind.LIFECYCLE, "answered for research: {commitment}"),
    "requirement.revision_opened": (Kind.REVISION, "began revision {revision}"),
    "waiver.given": (Kind.WAIVER, "accepted a miss until {expires_on}"),
    "waiver.revoked": (Kind.WAIVER, "revoked a waiver"),
    "baseline.created": (Kind.RELEASE, "made the baseline “{name}”"),
    "baseline.closed": (Kind.RELEASE, "closed the baseline “{name}”"),
    "release.signed": (Kind.RELEASE, "signed {decision} for {version}{against}"),
    "release.withdrawn": (Kind.RELEASE, "withdrew the sign-off for {version}: {note}"),
    "comment.made": (Kind.COMMENT, ""),
    "comment.replied": (Kind.COMMENT, "replied"),
    "comment.edited": (Kind.MENTION, "mentions you"),
    "comment.answered": (Kind.ANSWER, "answered your question"),
    "comment.resolved": (Kind.COMMENT, "resolved it"),
    "comment.reopened": (Kind.COMMENT, "opened it again"),
}
SAID = {
    "comment": "commented",
    "question": "asked",
    "decision": "noted a decision",
    "issue": "raised an issue",
}


def news_of(entry: AuditEntry) -> tuple[News, People] | None:
    """What to tell of an entry and whom; None when it is nobody's news."""
    if entry.verb not in TOLD:
        return None
    if entry.noun == "baseline":
        return _of_baseline(entry)
    requirement = (
        Requirement.objects.select_related("product", "capability").filter(pk=entry.object_id).first()
    )
    if requirement is None:
        return None
    if entry.verb.startswith("comment."):
        return _talk(entry, requirement)
    kind, words = TOLD[entry.verb]
    people: People = dict.fromkeys(watching(requirement), kind)
    if entry.verb == "review.requested":
        people = dict.fromkeys(who_sees(requirement.product, [entry.after.get("reviewer") or 0]), kind)
    if entry.verb in {"requirement.submitted", "waiver.given"}:
        people |= dict.fromkeys(approvers(requirement.product), kind)
    url = reverse("capabilities:requirement-detail", args=[requirement.key])
    return _news(entry, requirement, words, url), people


def _of_baseline(entry: AuditEntry) -> tuple[News, People] | None:
    """For those who watch the product or anything that the baseline holds, and for approvers."""
    baseline = Baseline.objects.select_related("product").filter(pk=entry.object_id).first()
    if baseline is None:
        return None
    kind, words = TOLD[entry.verb]
    said = dict(entry.after)
    url = reverse("capabilities:baseline-detail", args=[baseline.key])
    gate = (
        GateDecision.objects.select_related("model_version__model").filter(pk=said.get("gate") or 0).first()
    )
    if gate is not None:
        url = reverse("capabilities:release", args=[baseline.key]) + f"?version={gate.model_version_id}"
        said["version"] = gate.model_version.label
        said["decision"] = SignOff.Decision(said["decision"]).label.lower()
        said["against"] = ", against the gate" if said.get("against_gate") else ""
    news = News(
        event=f"deed:{entry.pk}",
        noun="baseline",
        object_id=baseline.pk,
        label=baseline.key,
        product=baseline.product.key,
        text=words.format_map(_Blank(said)),
        url=url,
        at=entry.at,
        actor_id=entry.actor_id,
    )
    return news, dict.fromkeys(watching_baseline(baseline) | approvers(baseline.product), kind)


def _talk(entry: AuditEntry, requirement: Requirement) -> tuple[News, People] | None:
    said = (
        Comment.objects.select_related("parent")
        .prefetch_related("mentioned")
        .filter(pk=entry.after.get("comment"), withdrawn_at=None)
        .first()
    )
    if said is None:
        return None
    words = TOLD[entry.verb][1] or SAID[said.kind]
    url = reverse("capabilities:comment-detail", args=[said.pk])
    people = _told_of_talk(entry.verb, said, requirement)
    return _news(entry, requirement, words, url, said), people


def _told_of_talk(verb: str, said: Comment, requirement: Requirement) -> People:
    named = who_sees(requirement.product, [person.pk for person in said.mentioned.all()])
    if verb == "comment.edited":
        told = Notice.objects.filter(noun="comment", object_id=said.pk).values_list("person", flat=True)
        return dict.fromkeys(named - set(told), Kind.MENTION.value)
    if verb == "comment.answered":
        return dict.fromkeys(who_sees(requirement.product, [said.author_id]), Kind.ANSWER.value)
    people: People = dict.fromkeys(watching(requirement), Kind.COMMENT.value)
    if verb == "comment.resolved" and said.author_id in people:
        people[said.author_id] = Kind.ANSWER
    if verb == "comment.replied" and said.is_answer and said.parent:
        # They hear that it is answered.
        people.pop(said.parent.author_id, None)
    if verb in {"comment.made", "comment.replied"}:
        people |= dict.fromkeys(named, Kind.MENTION.value)
        people |= dict.fromkeys(_asked(said, requirement, named), Kind.QUESTION.value)
    return people


def _asked(said: Comment, requirement: Requirement, named: set[int]) -> set[int]:
    if said.asked == Comment.Asked.RESEARCH:
        return with_role(requirement.product, Role.RESEARCHER)
    if said.asked == Comment.Asked.PM:
        return with_role(requirement.product, Role.PM)
    return named if said.asked else set()


def _news(
    entry: AuditEntry, requirement: Requirement, words: str, url: str, said: Comment | None = None
) -> News:
    return News(
        event=f"deed:{entry.pk}",
        noun="comment" if said else "requirement",
        object_id=said.pk if said else requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        text=words.format_map(_Blank(entry.after)),
        url=url,
        at=entry.at,
        actor_id=entry.actor_id,
    )


class _Blank(dict[str, object]):
    """What an entry does not hold is left out."""

    def __missing__(self, key: str) -> str:
        return ""
