"""How the deeds of the audit trail are told, and which belong together."""

from collections.abc import Mapping

from django.db.models import Q

from config.people.models import AuditEntry

VERBS = {
    "requirement.created": "wrote it",
    "requirement.changed": "changed its facts",
    "requirement.edited": "edited the text",
    "requirement.revision_opened": "opened a new revision",
    "requirement.submitted": "asked for review",
    "requirement.approved": "agreed it",
    "requirement.sent_back": "sent it back to draft",
    "requirement.reopened": "reopened it",
    "requirement.answered": "answered for research",
    "requirement.restored": "restored an old revision",
    "requirement.revision_discarded": "discarded the open revision",
    "criterion.saved": "saved a criterion",
    "criterion.removed": "removed a criterion",
    "evidence.linked": "linked evidence",
    "evidence.unlinked": "took evidence away",
    "evidence.confirmed": "confirmed evidence as unchanged",
    "evidence.run_again": "checked evidence by a new run",
    "link.added": "added a link",
    "link.confirmed": "confirmed a link",
    "link.removed": "removed a link",
    "review.approve": "approved the text",
    "review.changes": "asked for changes",
    "review.decline": "declined",
    "review.withdrawn": "withdrew their review",
    "review.requested": "asked somebody for review",
    "review.request_taken_back": "asked somebody no longer",
    "requirement.deferred": "deferred it",
    "requirement.rejected": "rejected it",
    "requirement.retired": "retired it",
    "expectation.recorded": "said what they expect",
    "waiver.given": "gave a waiver",
    "waiver.revoked": "revoked a waiver",
    "discovery.recorded": "recorded a discovery",
    "discovery.noted": "wrote a note",
    "discovery.tried": "tried it again",
    "discovery.judged": "judged a try",
    "discovery.reproduced": "found that it happens again",
    "discovery.measured": "measured it more closely",
    "discovery.characterised": "characterised it",
    "discovery.packaged": "packaged it into a requirement",
    "discovery.dismissed": "dismissed it",
    "discovery.reopened": "took it up again",
    "discovery.retried": "tried it on a new version",
    "comment.replied": "replied",
    "comment.answered": "called it answered",
    "comment.edited": "put it in other words",
    "comment.withdrawn": "withdrew what they had said",
    "comment.resolved": "resolved it",
    "comment.reopened": "opened it again",
    "requirements.imported": "imported requirements",
    "gate.recorded": "recorded a gate decision",
    "problem.created": "wrote the problem down",
    "problem.changed": "put the problem in other words",
    "problem.assessed": "assessed the problem",
    "problem.adopted": "drafted what follows from its conclusion",
    "problem.declined": "declined the problem",
    "problem.reopened": "took the problem up again",
    "problem.remarked": "said something about the problem",
    "problem.looked_again": "looked at the problem again",
    "requirement.remarked": "noted what would change our mind about it",
    "requirement.looked_again": "looked again at what would change our mind",
    "rival_set.created": "agreed a rival set",
    "product.versions_set": "set the versions it is judged for",
}
SAID = {
    "comment": "commented",
    "question": "asked",
    "decision": "noted a decision",
    "issue": "raised an issue",
}
OF_WHOM = {"research": " research", "pm": " the product manager"}
NOUNS = {
    "requirement": "Requirements",
    "capability": "Capabilities",
    "objective": "Objectives",
    "baseline": "Baselines",
    "gate": "Gate decisions",
    "discovery": "Discoveries",
    "rival_set": "Rival sets",
    "problem": "Problems",
    "product": "The product",
}
TEXT = Q(verb__startswith="criterion.") | Q(
    verb__in=[
        "requirement.created",
        "requirement.changed",
        "requirement.edited",
        "requirement.revision_opened",
        "requirement.restored",
        "requirement.revision_discarded",
        "requirements.imported",
    ]
)
REVIEW = Q(verb__startswith="review.") | Q(
    verb__in=["requirement.submitted", "requirement.approved", "requirement.sent_back"]
)
DECISION = (
    Q(verb__startswith="waiver.")
    | Q(verb__startswith="expectation.")
    | Q(verb__startswith="baseline.")
    | Q(noun__in=["gate", "problem", "discovery"])
    | Q(
        verb__in=[
            "requirement.deferred",
            "requirement.rejected",
            "requirement.retired",
            "requirement.reopened",
            "requirement.answered",
        ]
    )
)
PLAN = Q(verb__startswith="link.") | Q(noun__in=["capability", "objective", "product", "rival_set"])
# Verdicts are given by the machine and are no deeds: their group matches none.
VERDICT = "verdict"
GROUPS: dict[str, tuple[str, Q]] = {
    "text": ("Texts and criteria", TEXT),
    "review": ("Reviews", REVIEW),
    "decision": ("Decisions", DECISION),
    "comment": ("Comments", Q(verb__startswith="comment.")),
    "evidence": ("Evidence", Q(verb__startswith="evidence.")),
    VERDICT: ("Verdicts", Q(pk__in=[])),
    "plan": ("Plan and links", PLAN),
}


def words_of(entry: AuditEntry) -> str:
    """What was done, after the name of who did it."""
    if entry.verb == "comment.made":
        return _said(entry.after)
    noun, _, deed = entry.verb.partition(".")
    # A name of ours for everything that matters; else the verb, which is a plain past tense.
    return VERBS.get(entry.verb, f"{deed.replace('_', ' ')} the {noun.replace('_', ' ')}")


def _said(after: Mapping[str, object]) -> str:
    kind = str(after.get("kind", "comment"))
    return SAID.get(kind, "commented") + OF_WHOM.get(str(after.get("asked", "")), "")
