"""Rows of judgements, written directly and in the order that freezing allows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from capabilities.models import (
    Assessment,
    Baseline,
    BaselineItem,
    Capability,
    Comment,
    Criterion,
    Discovery,
    Expectation,
    Link,
    Membership,
    Outcome,
    Problem,
    Product,
    Remark,
    Requirement,
    Review,
    ReviewRequest,
    Revision,
    RivalSet,
    RivalSetModel,
    SharedLink,
    SignOff,
    Verdict,
    Verification,
    Waiver,
)
from capabilities.queries.linked_texts import present_texts
from capabilities.services.assessing import assess
from capabilities.services.comments import comment, reply
from capabilities.services.criteria import fingerprint_of
from capabilities.services.discoveries import record_discovery
from capabilities.services.gate import record_gate
from capabilities.services.problems import create_problem
from capabilities.services.revisions import fingerprint_of_revision
from capabilities.services.shared_links import digest_of
from capabilities.services.verifications import stamp_of
from config.people.models import Role, User
from evaluations.canonical import sha256_of
from evaluations.models import EvaluationVersion, Model, ModelVersion, Response, Run, Scorer
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

NUMBERS = count(1)


def make_product(*, subjects: Sequence[Model] = (), **fields: Any) -> Product:
    """A product open to everybody; `subjects` are the models it is about."""
    number = next(NUMBERS)
    fields.setdefault("key", f"P{number}")
    product = Product.objects.create(name=fields.pop("name", f"Product {number}"), **fields)
    product.subject_models.set(subjects)
    return product


def make_membership(product: Product, user: User | None = None, role: str = Role.PM) -> Membership:
    return Membership.objects.create(product=product, user=user or make_user(role), role=role)


def make_capability(product: Product | None = None, **fields: Any) -> Capability:
    slug = fields.pop("slug", None) or f"capability-{next(NUMBERS)}"
    return Capability.objects.create(
        product=product or make_product(), slug=slug, name=fields.pop("name", slug), **fields
    )


def make_rival_set(product: Product | None = None, models: Sequence[Model] = (), **fields: Any) -> RivalSet:
    """The product's next rival set, frozen; one competitor unless told otherwise."""
    product = product or make_product()
    rival_set = RivalSet.objects.create(product=product, number=product.rival_sets.count() + 1, **fields)
    rivals = models or [make_model(side="competitor")]
    RivalSetModel.objects.bulk_create(RivalSetModel(rival_set=rival_set, model=model) for model in rivals)
    rival_set.frozen_at = timezone.now()
    rival_set.save()
    return rival_set


def make_requirement(
    product: Product | None = None,
    *,
    approved: bool = False,
    criteria: Sequence[Mapping[str, Any]] = (),
    revision: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Requirement:
    """A draft, or approved, requirement with its first revision and these criteria (the fields of make_criterion)."""
    product = product or make_product()
    number = product.next_number
    product.next_number += 1
    product.save(update_fields=["next_number"])
    requirement = Requirement.objects.create(product=product, number=number, **fields)
    make_revision(requirement, approved=approved, criteria=criteria, **(revision or {}))
    return requirement


def make_revision(
    requirement: Requirement | None = None,
    *,
    approved: bool = False,
    criteria: Sequence[Mapping[str, Any]] = (),
    **fields: Any,
) -> Revision:
    """The requirement's next revision; an approved one supersedes the one before and approves the requirement."""
    requirement = requirement or make_requirement()
    number = requirement.revisions.count() + 1
    fields.setdefault("title", f"Answers well {next(NUMBERS)}")
    fields.setdefault("shall", "answer the question rightly")
    fields.setdefault("rationale", "Users leave when it does not.")
    revision = Revision.objects.create(requirement=requirement, number=number, **fields)
    for criterion in criteria:
        make_criterion(revision, **criterion)
    return approve_revision(revision) if approved else revision


def approve_revision(revision: Revision) -> Revision:
    """Approve a revision as it stands, superseding the one before; its criteria can no longer change."""
    requirement = revision.requirement
    requirement.revisions.filter(status="approved").update(status="superseded", superseded_at=timezone.now())
    revision.status = Revision.Status.APPROVED
    revision.approved_at = timezone.now()
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save()
    requirement.lifecycle = Requirement.Lifecycle.APPROVED
    requirement.save()
    return revision


def make_criterion(
    revision: Revision | None = None, *, scorer: Scorer | None = None, approved: bool = False, **fields: Any
) -> Criterion:
    """A criterion that asks for a rate of at least 0.9; with `approved` its revision is approved afterwards.

    A criterion against competitors gets the product's newest rival set, made when there is none.
    """
    revision = revision or make_requirement().revisions.get()
    position = revision.criteria.count()
    fields.setdefault("key", f"AC-{position + 1}")
    if fields.get("against", "threshold") == "threshold":
        fields.setdefault("threshold", 0.9)
    if fields.get("against") == "competitors" and "rival_set" not in fields:
        product = revision.requirement.product
        fields["rival_set"] = product.rival_sets.order_by("-number").first() or make_rival_set(product)
    if not fields.get("not_measurable_reason"):
        scorer = scorer or make_scorer_version().scorer
    criterion = Criterion(revision=revision, scorer=scorer, position=position, **fields)
    criterion.fingerprint = fingerprint_of(criterion)
    criterion.save()
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save()
    if approved:
        approve_revision(revision)
    return criterion


def make_verification(
    criterion: Criterion | None = None, evaluation_version: EvaluationVersion | None = None, **fields: Any
) -> Verification:
    """Evidence that is fresh. What is not given fits the other: the evaluation holds the criterion's scorer.

    A criterion made here is approved.
    """
    if criterion is None:
        evaluation_version = evaluation_version or make_evaluation_version()
        criterion = make_criterion(scorer=evaluation_version.scorers.all()[0].scorer, approved=True)
    if evaluation_version is None:
        assert criterion.scorer is not None
        evaluation_version = make_evaluation_version(scorer_versions=[criterion.scorer.versions.all()[0]])
    fields.setdefault("stamp", stamp_of(criterion, evaluation_version))
    return Verification.objects.create(criterion=criterion, evaluation_version=evaluation_version, **fields)


def make_evidence(
    cases: int | Sequence[Any] = 3,
    *,
    product: Product | None = None,
    repeats: int = 1,
    scorer: Mapping[str, Any] | None = None,
    dataset: Mapping[str, Any] | None = None,
    **criterion: Any,
) -> Verification:
    """Evidence for the only criterion of an approved requirement, measured over that many test cases.

    scorer, dataset: fields of make_scorer_version and make_dataset_version; the rest are fields of the criterion.
    """
    scorer_version = make_scorer_version(**(scorer or {}))
    evaluation_version = make_evaluation_version(
        make_dataset_version(cases, **(dataset or {})), [scorer_version], repeats=repeats
    )
    requirement = make_requirement(
        product, approved=True, criteria=[{"scorer": scorer_version.scorer, **criterion}]
    )
    return make_verification(requirement.revisions.get().criteria.get(), evaluation_version)


def make_verdict(
    verification: Verification | None = None,
    run: Run | None = None,
    outcome: str = Outcome.MET,
    **fields: Any,
) -> Verdict:
    """A verdict as if it had been computed; `run` defaults to a finished one of the same evaluation version."""
    verification = verification or make_verification()
    if run is None:
        cases = verification.evaluation_version.dataset_version.case_count
        run = make_finished_run([1.0] * cases, verification.evaluation_version)
    fields.setdefault("model_version", run.model_version)
    fields.setdefault("generation", run.generation)
    fields.setdefault("method", "clopper-pearson/1")
    fields.setdefault("point", 0.93)
    fields.setdefault("low", 0.904)
    fields.setdefault("high", 0.949)
    fields.setdefault("n", 600)
    fields.setdefault("sentence", "Met: at least 90.4 % even at the pessimistic end.")
    fields.setdefault("evidence", sha256_of(["verdict", next(NUMBERS)]))
    return Verdict.objects.create(verification=verification, run=run, outcome=outcome, **fields)


def make_baseline(
    product: Product | None = None,
    requirements: Sequence[Requirement] = (),
    *,
    closed: bool = False,
    **fields: Any,
) -> Baseline:
    """An open (or closed) baseline of the approved revisions of these requirements; one is made when none is given."""
    product = product or (requirements[0].product if requirements else make_product())
    numbers = Baseline.objects.values_list("number", flat=True)
    fields.setdefault("number", max(numbers, default=0) + 1)
    baseline = Baseline.objects.create(product=product, name=fields.pop("name", "Spring release"), **fields)
    BaselineItem.objects.bulk_create(
        BaselineItem(
            baseline=baseline,
            requirement=requirement,
            revision=requirement.revisions.get(status=Revision.Status.APPROVED),
        )
        for requirement in requirements or [make_requirement(product, approved=True)]
    )
    if closed:
        baseline.state, baseline.closed_at = Baseline.State.CLOSED, timezone.now()
        baseline.save()
    return baseline


def make_waiver(requirement: Requirement, criterion_key: str = "AC-1", **fields: Any) -> Waiver:
    """A waiver that holds for a week."""
    fields.setdefault("expires_on", date.today() + timedelta(days=7))
    fields.setdefault("reason", "Accepted until the next training run.")
    fields.setdefault("approver", fields.pop("approver", None) or make_user(Role.PM))
    return Waiver.objects.create(requirement=requirement, criterion_key=criterion_key, **fields)


def make_expectation(
    criterion: Criterion, of: ModelVersion | Model | None = None, **fields: Any
) -> Expectation:
    """80 to 90 % expected of a version that has not run, or of a model's next one; through the database's own rule."""
    of = of or make_model_version()
    version, model = (of, of.model) if isinstance(of, ModelVersion) else (None, of)
    fields.setdefault("after", None if version else model.versions.order_by("-pk").first())
    fields.setdefault("author", fields.pop("author", None) or make_user(Role.PM))
    fields.setdefault("low", 0.8)
    fields.setdefault("high", 0.9)
    return Expectation.objects.create(criterion=criterion, model=model, model_version=version, **fields)


def make_review(revision: Revision, decision: str = Review.Decision.APPROVE, **fields: Any) -> Review:
    """An answer to the text as it stands."""
    fields.setdefault("reviewer", fields.pop("reviewer", None) or make_user(Role.PM))
    fields.setdefault("fingerprint", fingerprint_of_revision(revision))
    return Review.objects.create(revision=revision, decision=decision, **fields)


def make_link(
    source: Requirement, target: Requirement, kind: str = Link.Kind.DEPENDS_ON, **fields: Any
) -> Link:
    """A link that was confirmed on the target's text as it stands."""
    text = present_texts([target])[target.pk]
    fields.setdefault("fingerprint", text.fingerprint)
    fields.setdefault("revision", text.number)
    return Link.objects.create(source=source, target=target, kind=kind, **fields)


def make_review_request(revision: Revision, reviewer: User | None = None, **fields: Any) -> ReviewRequest:
    """Somebody with the approver mark is asked by name."""
    reviewer = reviewer or make_user(Role.PM, approver=True)
    return ReviewRequest.objects.create(revision=revision, reviewer=reviewer, **fields)


def make_comment(
    requirement: Requirement | None = None, text: str = "Is this for voice too?", **fields: Any
) -> Comment:
    """Something said about a requirement, through the real service; `author` and `parent` like any field."""
    author = fields.pop("author", None) or make_user(Role.VIEWER)
    if parent := fields.pop("parent", None):
        return reply(actor=author, parent=parent, text=text, **fields)
    return comment(actor=author, requirement=requirement or make_requirement(), text=text, **fields)


def make_shared_link(product: Product | None = None, **fields: Any) -> tuple[SharedLink, str]:
    """A link that opens for a week, and its token."""
    token = f"token-{next(NUMBERS)}"
    product = product or make_product()
    fields.setdefault("expires_at", timezone.now() + timedelta(days=7))
    fields.setdefault("created_by", fields.pop("created_by", None) or make_user(Role.ADMIN))
    fields.setdefault("made_restricted", product.restricted)
    return SharedLink.objects.create(product=product, digest=digest_of(token), **fields), token


def make_sign_off(baseline: Baseline, model_version: ModelVersion, **fields: Any) -> SignOff:
    """A go on the gate as it stands."""
    gate = record_gate(actor=None, baseline=baseline, model_version=model_version)
    fields.setdefault("signed_by", fields.pop("signed_by", None) or make_user(Role.PM, approver=True))
    fields.setdefault("decision", SignOff.Decision.GO)
    return SignOff.objects.create(baseline=baseline, model_version=model_version, gate=gate, **fields)


def make_problem(product: Product | None = None, **fields: Any) -> Problem:
    """An open problem, through the real service."""
    fields.setdefault("title", f"Drivers miss their exit {next(NUMBERS)}")
    fields.setdefault("who", "Drivers on a motorway")
    fields.setdefault("what", "They hear of the exit too late.")
    actor = fields.pop("actor", None)
    return create_problem(actor=actor, product=product or make_product(), **fields)


def make_remark(about: Requirement | Problem | None = None, due_in: int = 7, **fields: Any) -> Remark:
    """A note to look again in so many days; a day that has come is written past the service."""
    about = about or make_requirement()
    return Remark.objects.create(
        problem=about if isinstance(about, Problem) else None,
        requirement=about if isinstance(about, Requirement) else None,
        text=fields.pop("text", "If speech gets cheaper."),
        author=fields.pop("author", None) or make_user(),
        remind_on=timezone.localdate() + timedelta(days=due_in),
        **fields,
    )


def make_assessment(problem: Problem | None = None, conclusion: str = "ai", **fields: Any) -> Assessment:
    """A conclusion, through the real service."""
    fields.setdefault("reason", "Rules miss too many exits.")
    if conclusion == "hybrid":
        fields.setdefault("ai_part", "Understand what the driver says.")
        fields.setdefault("rules_part", "Say nothing above 130 km/h.")
    actor = fields.pop("actor", None)
    return assess(actor=actor, problem=problem or make_problem(), conclusion=conclusion, **fields)


def make_discovery(
    product: Product | None = None, response: Response | None = None, **fields: Any
) -> Discovery:
    """Spotted in an answer of a run on development cases, unless one is given, through the real service."""
    if response is None:
        version = make_evaluation_version(make_dataset_version(3, purpose="dev"))
        response = make_finished_run([1.0, 1.0, 1.0], version).responses.earliest("pk")
    fields.setdefault("title", "Answers in verse")
    actor = fields.pop("actor", None) or make_user(Role.ADMIN)
    return record_discovery(actor=actor, product=product or make_product(), response=response, **fields)
