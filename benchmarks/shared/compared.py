"""Runs of many models on the same ten thousand cases, every sample stored with its answer and its score: what comparisons read."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.shared.responses import languages
from capabilities.models import Product
from capabilities.services.products import create_rival_set
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import EvaluationVersion, Model, ModelVersion, Run, Score, ScorerVersion
from evaluations.services.blobs import store_blobs
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version, create_suite
from evaluations.services.models import create_model
from evaluations.services.scorers import create_scorer_version
from evaluations.services.vectors import write_vectors

CASES, RIVALS = 10_000, 7
RESPONSES = """
INSERT INTO evaluations_response (run_id, case_id, repeat, output_id, finish_reason, error_class, error, truncated, latency_ms,
  created_at)
SELECT run.id, entry.case_id, 1,
  (%(outputs)s::bigint[])[1 + abs(hashint8(entry.case_id + run.id)::bigint) %% cardinality(%(outputs)s::bigint[])],
  'stop', '', '', false, 200 + abs(hashint8(entry.case_id * 31 + run.id)::bigint) %% 900, now()
FROM unnest(%(runs)s::bigint[]) AS run(id) CROSS JOIN evaluations_datasetversioncase entry
WHERE entry.version_id = %(version)s AND abs(hashint8(entry.case_id * 7 + run.id)::bigint) %% 100 > 0
"""
# The difficulty of a case counts for all models, the luck of a sample for itself alone; later versions are a little better.
SCORES = """
INSERT INTO evaluations_score (response_id, scorer_version_id, numerator, denominator, label, rationale, parsed, expected)
SELECT response.id, %(scorer)s, CASE WHEN 0.7 * (abs(hashint8(response.case_id)::bigint) %% 1000) / 1000.0
  + 0.3 * (abs(hashint8(response.case_id * 7919 + response.run_id)::bigint) %% 1000) / 1000.0
  < 0.55 + 0.01 * (run.model_version_id %% 31) THEN 1 ELSE 0 END, 1, '', '', true, ''
FROM evaluations_response response JOIN evaluations_run run ON run.id = response.run_id WHERE run.id = ANY(%(runs)s)
"""


def make_compared(user: User, samples: int) -> list[Run]:
    """So many runs that the samples are reached, in turns over our versions and seven rivals', in a suite; the newest of ours first."""
    product, ours = Product.objects.get(), Model.objects.get(slug="ours")
    rivals = [
        create_model(actor=user, slug=f"rival-{place}", name=f"Rival {place}", kind="llm", side="competitor")
        for place in range(2, RIVALS + 2)
    ]
    ModelVersion.objects.bulk_create(ModelVersion(model=one, name="1", api_id=one.slug) for one in rivals)
    create_rival_set(actor=user, product=product, models=rivals)
    evaluation, scorer = _evaluation(user)
    create_suite(actor=user, slug="compared", name="Compared", evaluations=[evaluation.evaluation])
    versions = list(ModelVersion.objects.filter(model__in=[ours, *rivals]).order_by("pk"))
    runs = _runs(evaluation, versions, max(len(versions), samples // CASES))
    _answers(evaluation, scorer, runs)
    for run in runs:
        write_vectors(run)
    newest = {run.model_version_id: run for run in runs}
    return [
        newest[version.pk] for version in [*reversed(versions[: -len(rivals)]), *versions[-len(rivals) :]]
    ]


def _evaluation(user: User) -> tuple[EvaluationVersion, ScorerVersion]:
    dataset = create_dataset(actor=user, slug="compared", name="Compared", purpose="test")
    named = languages(CASES)
    rows = [
        CaseRow(place, f"case-{place:05}", f"Question {place}?", "yes", slices={"lang": named[place]})
        for place in range(CASES)
    ]
    add_cases(actor=user, version=dataset.versions.get(), cases=rows)
    version = publish_version(actor=user, version=dataset.versions.get())
    scorer = create_scorer_version(actor=user, slug="exact", kind="exact", config={})
    made = create_evaluation_version(
        actor=user, slug="compared", dataset_version=version, scorer_versions=[scorer]
    )
    return made, scorer


def _runs(evaluation: EvaluationVersion, versions: Sequence[ModelVersion], count: int) -> list[Run]:
    now = timezone.now()
    return Run.objects.bulk_create(
        Run(
            evaluation_version=evaluation,
            model_version=versions[place % len(versions)],
            state=Run.State.DONE,
            total=CASES,
            done=CASES,
            started_at=now,
            finished_at=now,
        )
        for place in range(count)
    )


def _answers(evaluation: EvaluationVersion, scorer: ScorerVersion, runs: Sequence[Run]) -> None:
    """In two statements; no trigger looks at each row."""
    texts = [f"{place}: {'a few words more, ' * (10 + 3 * place)}yes" for place in range(64)]
    outputs = list(store_blobs([text.encode() for text in texts]).values())
    values = {
        "runs": [run.pk for run in runs],
        "outputs": outputs,
        "version": evaluation.dataset_version_id,
        "scorer": scorer.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(RESPONSES, values)
        cursor.execute(SCORES, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE evaluations_response, evaluations_score")
    assert 0.98 < Score.objects.count() / (CASES * len(runs)) < 1
