"""Many requirements measured on many versions: requirements, criteria and evidence through the ORM, verdicts in one statement.

Outcomes are drawn by item response theory in miniature: a version has an ability, a requirement a difficulty, and what comes out of a
verdict follows from their difference and a little chance, so that versions get better and hard requirements stay hard.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from capabilities.models import Capability, Criterion, Objective, Product, Requirement, Revision, Verification
from capabilities.services.criteria import fingerprint_of
from capabilities.services.products import create_product
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import EvaluationVersion, Kind, ModelVersion, Run
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.models import create_model
from evaluations.services.scorers import create_scorer_version

VERBS = (
    "answer",
    "name",
    "refuse",
    "repeat",
    "explain",
    "translate",
    "summarise",
    "recognise",
    "keep",
    "ask for",
)
THINGS = (
    "the train's number",
    "a price in euros",
    "a medical dose",
    "sarcasm",
    "a street name",
    "two speakers",
    "the user's language",
    "an empty list",
    "a table of figures",
    "a broken sentence",
)
WHEN = (
    "when the line is noisy",
    "in German",
    "under a second",
    "after a long silence",
    "without a network",
    "for children",
)
EVALUATIONS, SCORERS, OWNERS = 40, 20, 20
VERDICTS = """
INSERT INTO capabilities_verdict (verification_id, model_version_id, run_id, generation, outcome, reason, lean, trend,
  pending_confirmation, method, point, low, high, confidence, unit, n, clusters, missing, looks, sentence, detail, evidence, created_at)
SELECT v.id, m.id, r.id, 1,
  CASE WHEN d.low >= 0.9 THEN 'met' WHEN d.high < 0.9 THEN 'not_met' ELSE 'inconclusive' END, '',
  CASE WHEN d.low >= 0.9 OR d.high < 0.9 THEN '' WHEN d.point >= 0.9 THEN 'yes' ELSE 'no' END,
  (ARRAY['improved', 'no_worse', 'within_tolerance', 'regressed', 'unknown'])[1 + (d.chance %% 5)],
  d.chance %% 97 = 0, 'clopper-pearson/1', d.point, d.low, d.high, 0.95, 'rate', 600, 600, 0, 1,
  'Measured on 600 cases.', '{}', encode(sha256((v.id || ' ' || m.id)::bytea), 'hex'), now() - (d.chance %% 900) * interval '1 hour'
FROM capabilities_verification v
CROSS JOIN evaluations_modelversion m
JOIN evaluations_run r ON r.evaluation_version_id = v.evaluation_version_id AND r.model_version_id = m.id
CROSS JOIN LATERAL (SELECT abs(hashint8(v.id * 1009 + m.id))::bigint AS chance) c
CROSS JOIN LATERAL (
  SELECT c.chance, p.point, p.point - 0.025 AS low, least(1.0, p.point + 0.025) AS high
  FROM (SELECT 0.55 + 0.45 / (1 + exp(-(3.2 + (m.id - %s) * 0.05 - (abs(hashint8(v.id))::bigint %% 400) / 100.0
    + (c.chance %% 100) / 100.0))) AS point) p
) d
WHERE c.chance %% 100 < %s
"""
LINES = """
INSERT INTO capabilities_verdictline (verdict_id, kind, model_version_id, run_id, label, outcome, their_point, their_low, their_high,
  point, low, high, n, sentence, detail)
SELECT v.id, 'rival', %s, NULL, 'rival@1', v.outcome, v.point - d.gap, v.low - d.gap, v.high - d.gap, d.gap, d.gap - 0.03, d.gap + 0.03,
  600, '', '{}'
FROM capabilities_verdict v
CROSS JOIN LATERAL (SELECT (abs(hashint8(v.id))::bigint %% 200 - 100) / 1000.0 AS gap) d
WHERE v.verification_id %% 3 = 0
"""
# A version every fortnight, the newest 40 days old; texts agreed 60 to 460 days ago, one in a hundred of them within the last twelve days.
AGREED = """now() - interval '1 day' * CASE WHEN revision.id % 100 = 0 THEN 1 + revision.id % 1200 / 100 ELSE 60 + revision.id % 400 END"""
HISTORY = (
    """UPDATE evaluations_modelversion version SET created_at = now() - interval '1 day' * (40 + 14 * place)
    FROM (SELECT id, row_number() OVER (PARTITION BY model_id ORDER BY id DESC) - 1 AS place FROM evaluations_modelversion) ranked
    WHERE ranked.id = version.id""",
    "UPDATE evaluations_datasetversion SET frozen_at = now() - interval '500 days'",
    "UPDATE evaluations_evaluationversion SET created_at = now() - interval '500 days'",
    "UPDATE evaluations_scorerversion SET created_at = now() - interval '500 days'",
    f"UPDATE capabilities_revision revision SET created_at = {AGREED}, approved_at = {AGREED} WHERE status = 'approved'",
    """UPDATE capabilities_requirement requirement SET created_at = revision.created_at FROM capabilities_revision revision
    WHERE revision.requirement_id = requirement.id""",
    """UPDATE capabilities_verification link SET confirmed_at = revision.created_at FROM capabilities_criterion criterion
    JOIN capabilities_revision revision ON revision.id = criterion.revision_id WHERE criterion.id = link.criterion_id""",
)


@dataclass(frozen=True)
class World:
    user: User
    product: Product
    versions: Sequence[ModelVersion]
    requirements: int


def make_world(requirements: int, versions: int, *, seed: int = 7, measured: int = 92) -> World:
    """measured: how many in a hundred pairs of evidence and version have a verdict."""
    chance = random.Random(seed)
    user = User.objects.create(username="bench", role="pm", may_read_test=False)
    owners = User.objects.bulk_create(
        User(username=f"owner-{number}", first_name="Owner", last_name=str(number))
        for number in range(OWNERS)
    )
    ours = create_model(actor=user, slug="ours", name="Ours", kind=Kind.LLM, side="own")
    rival = create_model(actor=user, slug="rival", name="Rival", kind=Kind.LLM, side="competitor")
    theirs = ModelVersion.objects.create(model=rival, name="1", api_id="rival-1")
    ModelVersion.objects.bulk_create(
        ModelVersion(model=ours, name=f"v{number:02}", api_id=f"ours-{number}") for number in range(versions)
    )
    made = list(ours.versions.select_related("model").order_by("pk"))
    product = create_product(actor=user, key="BENCH", name="Bench")
    product.subject_models.set([ours])
    Product.objects.filter(pk=product.pk).update(candidate_version=made[-1], next_number=requirements + 1)
    evaluations = make_evaluations(user)
    make_runs(evaluations, made)
    make_requirements(product, requirements, owners, chance)
    link(product, evaluations, chance)
    with transaction.atomic(), connection.cursor() as cursor:
        # No trigger looks at each of the rows: what they point to is there, and every standing is worked out afterwards.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(VERDICTS, [made[0].pk, measured])
        cursor.execute(LINES, [theirs.pk])
        for statement in HISTORY:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    product.refresh_from_db()
    return World(user, product, made, requirements)


def make_evaluations(user: User) -> list[EvaluationVersion]:
    """Evaluations of five cases each; every scorer serves two of them."""
    scorers = [
        create_scorer_version(actor=user, slug=f"judged-{number}", kind="external", config={})
        for number in range(SCORERS)
    ]
    made = []
    for number in range(EVALUATIONS):
        dataset = create_dataset(actor=user, slug=f"cases-{number}", name=f"Cases {number}", purpose="test")
        rows = [
            CaseRow(place, f"case-{place}", f"Question {place} of {number}?", "yes") for place in range(5)
        ]
        add_cases(actor=user, version=dataset.versions.get(), cases=rows)
        frozen = publish_version(actor=user, version=dataset.versions.get())
        scorer = scorers[number % SCORERS]
        made.append(
            create_evaluation_version(
                actor=user, slug=f"evaluation-{number}", dataset_version=frozen, scorer_versions=[scorer]
            )
        )
    return made


def make_runs(evaluations: Sequence[EvaluationVersion], versions: Sequence[ModelVersion]) -> None:
    now = timezone.now()
    Run.objects.bulk_create(
        Run(
            evaluation_version=evaluation,
            model_version=version,
            state=Run.State.DONE,
            total=5,
            done=5,
            resolved_model=version.api_id,
            started_at=now,
            finished_at=now,
        )
        for version in versions
        for evaluation in evaluations
    )


def make_requirements(product: Product, count: int, owners: Sequence[User], chance: random.Random) -> None:
    """Requirements over a tree of sixty capabilities and twelve objectives, most of them approved, each with its text."""
    tops = Capability.objects.bulk_create(
        Capability(product=product, slug=f"part-{number}", name=f"Part {number}", position=number)
        for number in range(10)
    )
    capabilities = Capability.objects.bulk_create(
        Capability(product=product, parent=top, slug=f"{top.slug}-{number}", name=f"{top.name}.{number}")
        for top in tops
        for number in range(5)
    )
    objectives = Objective.objects.bulk_create(
        Objective(product=product, title=f"Aim {number}", horizon=Objective.Horizon.values[number % 3])
        for number in range(12)
    )
    requirements = Requirement.objects.bulk_create(
        Requirement(
            product=product,
            number=number + 1,
            position=number + 1,
            capability=chance.choice([None, *capabilities]),
            objective=chance.choice([None, *objectives]),
            kind=Kind.LLM,
            priority=chance.choice(Requirement.Priority.values),
            intent=chance.choice(Requirement.Intent.values),
            commitment=chance.choice(["none", "accepted", "training"]),
            lifecycle="approved" if chance.random() < 0.9 else "draft",
            owner=chance.choice([None, *owners]),
            target=chance.choice(["", "Spring", "Autumn"]),
            tags=chance.sample(["safety", "speed", "price", "care"], chance.randrange(3)),
        )
        for number in range(count)
    )
    Revision.objects.bulk_create(
        Revision(
            requirement=requirement,
            number=1,
            title=f"Can {chance.choice(VERBS)} {chance.choice(THINGS)} {chance.choice(WHEN)} {requirement.number}",
            shall=" and ".join(f"{chance.choice(VERBS)} {chance.choice(THINGS)}" for _ in range(4)),
            rationale=f"People leave {chance.choice(WHEN)} when it does not {chance.choice(VERBS)} {chance.choice(THINGS)}.",
            fingerprint=f"{requirement.number:064}",
        )
        for requirement in requirements
    )


def link(product: Product, evaluations: Sequence[EvaluationVersion], chance: random.Random) -> None:
    """One criterion, for every fourth requirement two, and evidence for nearly all; then what is approved is frozen."""
    revisions = Revision.objects.filter(requirement__product=product).order_by("pk")
    measured: list[tuple[Criterion, EvaluationVersion]] = []
    scorers = {
        evaluation.pk: evaluation.scorers.select_related("scorer").get().scorer for evaluation in evaluations
    }
    for place, revision in enumerate(revisions):
        for number in range(2 if place % 4 == 0 else 1):
            evaluation = evaluations[(place + number) % len(evaluations)]
            scorer = scorers[evaluation.pk]
            criterion = Criterion(
                revision=revision, key=f"AC-{number + 1}", position=number, scorer=scorer, threshold=0.9
            )
            criterion.fingerprint = fingerprint_of(criterion)
            measured.append((criterion, evaluation))
    Criterion.objects.bulk_create(criterion for criterion, _ in measured)
    Verification.objects.bulk_create(
        Verification(
            criterion=criterion,
            evaluation_version=evaluation,
            stamp={"criterion": criterion.fingerprint, "evaluation": 1, "dataset": 1, "scorer": 1},
        )
        for criterion, evaluation in measured
        if chance.random() < 0.95
    )
    revisions.filter(requirement__lifecycle="approved").update(status="approved", approved_at=timezone.now())
