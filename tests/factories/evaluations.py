"""Rows of facts, written directly and in the order that freezing allows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from django.utils import timezone

from evaluations.canonical import canonical_json, sha256_of
from evaluations.models import (
    Case,
    ClaimedScore,
    Dataset,
    DatasetVersion,
    DatasetVersionCase,
    Evaluation,
    EvaluationScorer,
    EvaluationVersion,
    FailureMode,
    ImportedLog,
    LogUpload,
    Model,
    ModelVersion,
    Price,
    Prompt,
    PromptVersion,
    Provider,
    Response,
    Round,
    Run,
    Score,
    Scorer,
    ScorerVersion,
    Suite,
    WorkItem,
)
from evaluations.services.blobs import store_blob, store_blobs
from evaluations.services.log_uploads import keep_upload
from evaluations.services.media import note_media
from evaluations.services.stored_cases import note_words
from evaluations.services.vectors import write_vectors
from tests.factories.people import make_user

NUMBERS = count(1)
ALWAYS_YES = {"rows": [], "default": "yes"}

CaseLike = str | Mapping[str, Any]
Value = float | None


def make_provider(adapter: str = "rules", **fields: Any) -> Provider:
    slug = fields.pop("slug", None) or f"provider-{next(NUMBERS)}"
    return Provider.objects.create(slug=slug, name=fields.pop("name", slug), adapter=adapter, **fields)


def make_model(
    kind: str = "rules", side: str = "own", provider: Provider | None = None, **fields: Any
) -> Model:
    slug = fields.pop("slug", None) or f"model-{next(NUMBERS)}"
    return Model.objects.create(
        slug=slug,
        name=fields.pop("name", slug),
        kind=kind,
        side=side,
        provider=provider or make_provider(),
        **fields,
    )


def make_model_version(model: Model | None = None, **fields: Any) -> ModelVersion:
    """A version; without parameters a rule set that answers "yes" to everything.

    `kind`, `side` and `provider` describe its model when none is given.
    """
    described = {name: fields.pop(name) for name in ("kind", "side", "provider", "slug") if name in fields}
    fields.setdefault("parameters", {"rule_set": ALWAYS_YES})
    fields.setdefault("name", f"v{next(NUMBERS)}")
    return ModelVersion.objects.create(model=model or make_model(**described), **fields)


def make_price(version: ModelVersion, unit: str = "input", amount: float | str = "1", **fields: Any) -> Price:
    fields.setdefault("from_date", timezone.now().date())
    return Price.objects.create(model_version=version, unit=unit, amount=Decimal(str(amount)), **fields)


def make_cases(dataset: Dataset, cases: int | Sequence[CaseLike]) -> list[Case]:
    """cases: how many, or their keys, or mappings of key, input, target, slices, cluster, metadata, attachments."""
    wanted = [f"case-{number:03}" for number in range(cases)] if isinstance(cases, int) else cases
    rows = [_case_row(case) for case in wanted]
    bodies = [
        canonical_json({name: row[name] for name in ("input", "target", "metadata")}).encode() for row in rows
    ]
    blobs = store_blobs(bodies, "application/json")
    made = [
        Case(
            dataset=dataset,
            key=row["key"],
            hash=sha256_of({name: value for name, value in row.items() if name != "key"}),
            content_id=blobs[sha256_of(body)],
            slices=row["slices"],
            cluster=row["cluster"],
            attachments=row["attachments"],
        )
        for row, body in zip(rows, bodies, strict=True)
    ]
    # Versions share rows whose content is the same.
    there = {(case.key, case.hash): case for case in dataset.cases.filter(key__in=[one.key for one in made])}
    fresh = Case.objects.bulk_create(one for one in made if (one.key, one.hash) not in there)
    inputs = {row["key"]: row["input"] for row in rows}
    note_words({case.pk: inputs[case.key] for case in fresh}, {case.pk: case.attachments for case in fresh})
    note_media(dataset, (digest for row in rows for digest in row["attachments"]))
    there |= {(case.key, case.hash): case for case in fresh}
    return [there[one.key, one.hash] for one in made]


def _case_row(case: CaseLike) -> dict[str, Any]:
    given = {"key": case} if isinstance(case, str) else dict(case)
    return {
        "key": given["key"],
        "input": given.get("input", f"Question {given['key']}"),
        "target": given.get("target", "yes"),
        "slices": given.get("slices", {}),
        "cluster": given.get("cluster", ""),
        "metadata": given.get("metadata", {}),
        "attachments": list(given.get("attachments", [])),
    }


def make_dataset_version(
    cases: int | Sequence[CaseLike] = 3, *, dataset: Dataset | None = None, frozen: bool = True, **fields: Any
) -> DatasetVersion:
    """A version with these cases (see make_cases), frozen. `fields` describe the dataset: slug, purpose (test), may_leave."""
    if dataset is None:
        slug = fields.pop("slug", None) or f"dataset-{next(NUMBERS)}"
        fields.setdefault("purpose", "test")
        fields.setdefault("may_leave", True)
        dataset = Dataset.objects.create(slug=slug, name=fields.pop("name", slug), **fields)
    made = make_cases(dataset, cases)
    version = DatasetVersion.objects.create(
        dataset=dataset, number=dataset.versions.count() + 1, case_count=len(made)
    )
    DatasetVersionCase.objects.bulk_create(
        DatasetVersionCase(version=version, case=case, key=case.key, position=position)
        for position, case in enumerate(made)
    )
    if frozen:
        version.hash = sha256_of([[case.key, case.hash] for case in made])
        version.frozen_at = timezone.now()
        version.save()
    return version


def make_prompt_version(
    messages: Sequence[Mapping[str, Any]] = ({"role": "user", "content": "{{input}}"},), **fields: Any
) -> PromptVersion:
    slug = fields.pop("slug", None) or f"prompt-{next(NUMBERS)}"
    prompt, _ = Prompt.objects.get_or_create(slug=slug, defaults={"name": slug})
    fingerprint = sha256_of({"messages": list(messages), "schema": fields.get("output_schema")})
    return PromptVersion.objects.create(
        prompt=prompt,
        number=prompt.versions.count() + 1,
        messages=list(messages),
        fingerprint=fingerprint,
        **fields,
    )


def make_scorer_version(kind: str = "exact", **fields: Any) -> ScorerVersion:
    """A scorer version; `slug` names its scorer."""
    slug = fields.pop("slug", None) or f"{kind.replace('_', '-')}-{next(NUMBERS)}"
    scorer, _ = Scorer.objects.get_or_create(slug=slug, defaults={"name": slug})
    fields.setdefault("config", {})
    return ScorerVersion.objects.create(
        scorer=scorer,
        number=scorer.versions.count() + 1,
        kind=kind,
        fingerprint=sha256_of({"kind": kind, "config": fields["config"]}),
        **fields,
    )


def make_evaluation_version(
    dataset_version: DatasetVersion | None = None,
    scorer_versions: Sequence[ScorerVersion] = (),
    *,
    evaluation: Evaluation | None = None,
    **fields: Any,
) -> EvaluationVersion:
    """A frozen version over three cases and one exact scorer, unless told otherwise. `slug` names its evaluation."""
    slug = fields.pop("slug", None) or f"evaluation-{next(NUMBERS)}"
    evaluation = evaluation or Evaluation.objects.create(slug=slug, name=slug)
    number = evaluation.versions.count() + 1
    version = EvaluationVersion.objects.create(
        evaluation=evaluation,
        number=number,
        dataset_version=dataset_version or make_dataset_version(),
        fingerprint=sha256_of([slug, evaluation.pk, number]),
        **fields,
    )
    EvaluationScorer.objects.bulk_create(
        EvaluationScorer(
            evaluation_version=version, scorer_version=scorer, slug=scorer.scorer.slug, position=position
        )
        for position, scorer in enumerate(scorer_versions or [make_scorer_version()])
    )
    version.frozen_at = timezone.now()
    version.save()
    return version


def make_claimed_score(
    version: ModelVersion | None = None, measured_by: EvaluationVersion | None = None, **fields: Any
) -> ClaimedScore:
    """Claimed on an evaluation by its first check; on a benchmark elsewhere without one."""
    if measured_by is not None:
        scorer = measured_by.evaluation_scorers.select_related("scorer_version__scorer").first()
        assert scorer is not None
        fields = {"evaluation": measured_by.evaluation, "scorer": scorer.scorer_version.scorer, **fields}
    known = {"value": 0.9, "source": "https://vendor.example/card", "claimed_on": date(2026, 10, 1)}
    named = {} if measured_by else {"benchmark": f"benchmark {next(NUMBERS)}"}
    return ClaimedScore.objects.create(
        model_version=version or make_model_version(),
        author=fields.pop("author", None) or make_user(),
        **{**known, **named, **fields},
    )


def make_imported_log(run: Run | None = None, **fields: Any) -> ImportedLog:
    """Of an imported run where one is given; else of figures alone."""
    known = {"tool": "inspect", "task": "arc", "model_name": "acme/small", "file_name": "a.eval"}
    return ImportedLog.objects.create(
        digest=f"{next(NUMBERS):064x}",
        run=run,
        model_version=run.model_version if run else make_model_version(),
        author=make_user(),
        **{**known, **fields},
    )


def make_log_upload(data: bytes, name: str = "a.json") -> LogUpload:
    return keep_upload(actor=make_user(), files=[(name, BytesIO(data))])


def make_failure_mode(name: str = "", **fields: Any) -> FailureMode:
    slug = fields.pop("slug", None) or f"failure-{next(NUMBERS)}"
    return FailureMode.objects.create(slug=slug, name=name or slug, **fields)


def make_suite(evaluations: Sequence[Evaluation], **fields: Any) -> Suite:
    slug = fields.pop("slug", None) or f"suite-{next(NUMBERS)}"
    suite = Suite.objects.create(slug=slug, name=fields.pop("name", slug), **fields)
    suite.evaluations.set(evaluations)
    return suite


def make_round(**fields: Any) -> Round:
    return Round.objects.create(name=fields.pop("name", f"round {next(NUMBERS)}"), **fields)


def make_run(
    evaluation_version: EvaluationVersion | None = None,
    model_version: ModelVersion | None = None,
    **fields: Any,
) -> Run:
    """A queued run with its pending work items, in the dataset's order."""
    evaluation_version = evaluation_version or make_evaluation_version()
    cases = _case_ids(evaluation_version)
    fields.setdefault("total", len(cases) * evaluation_version.repeats)
    fields.setdefault("prompt_version", evaluation_version.prompt_version)
    run = Run.objects.create(
        evaluation_version=evaluation_version, model_version=model_version or make_model_version(), **fields
    )
    WorkItem.objects.bulk_create(
        WorkItem(run=run, case_id=case_id, repeat=repeat)
        for case_id in cases
        for repeat in range(1, evaluation_version.repeats + 1)
    )
    return run


def _case_ids(evaluation_version: EvaluationVersion) -> list[int]:
    entries = evaluation_version.dataset_version.entries.order_by("position")
    return list(entries.values_list("case_id", flat=True))


def make_finished_run(
    scores: Sequence[Any] | Mapping[str, Sequence[Any]] = (1.0, 1.0, 0.0),
    evaluation_version: EvaluationVersion | None = None,
    model_version: ModelVersion | None = None,
    **fields: Any,
) -> Run:
    """A done (or partial) run whose samples have these scores, with vectors and aggregates.

    scores: one entry per case in the dataset's order, for each scorer by slug or for all scorers alike. An entry is a
    value, a (numerator, denominator) pair, a list of such for each repeat, or None for a missing sample.
    Without an evaluation version one is made with as many cases as there are scores. `answers` says what else each answer holds
    (cost, latency_ms, input_tokens, …) by the place of its case and its repeat.
    """
    answers = fields.pop("answers", lambda place, repeat: {})
    evaluation_version = evaluation_version or _fitting_evaluation(scores)
    scorers = list(evaluation_version.scorers.select_related("scorer"))
    by_scorer = {
        version: scores[version.scorer.slug] if isinstance(scores, Mapping) else scores for version in scorers
    }
    fields.setdefault("started_at", timezone.now())
    fields.setdefault("finished_at", timezone.now())
    run = make_run(evaluation_version, model_version, **fields)
    answered = _answer(run, by_scorer, answers)
    run.done, run.failed = len(answered), run.total - len(answered)
    if "state" not in fields:
        run.state = Run.State.DONE if run.done == run.total else Run.State.PARTIAL
    run.save()
    write_vectors(run)
    return run


def _fitting_evaluation(scores: Sequence[Any] | Mapping[str, Sequence[Any]]) -> EvaluationVersion:
    if not isinstance(scores, Mapping):
        return make_evaluation_version(make_dataset_version(len(scores)))
    cases = len(next(iter(scores.values())))
    return make_evaluation_version(
        make_dataset_version(cases), [make_scorer_version(slug=slug) for slug in scores]
    )


def _answer(
    run: Run,
    by_scorer: Mapping[ScorerVersion, Sequence[Any]],
    answers: Callable[[int, int], Mapping[str, Any]],
) -> list[Response]:
    output = store_blob(data=b"an answer")
    items = list(run.items.order_by("id"))
    repeats = run.evaluation_version.repeats
    places = {item.pk: place // repeats for place, item in enumerate(items)}
    values = {
        (item.pk, version): _repeat_of(by_scorer[version][place // repeats], place % repeats)
        for place, item in enumerate(items)
        for version in by_scorer
    }
    answered = [item for item in items if any(values[item.pk, version] is not None for version in by_scorer)]
    responses = Response.objects.bulk_create(
        Response(
            run=run,
            case_id=item.case_id,
            repeat=item.repeat,
            **{"output": output, "finish_reason": "stop", **answers(places[item.pk], item.repeat)},
        )
        for item in answered
    )
    Score.objects.bulk_create(
        Score(response=response, scorer_version=version, numerator=value[0], denominator=value[1])
        for item, response in zip(answered, responses, strict=True)
        for version in by_scorer
        if (value := values[item.pk, version]) is not None
    )
    run.items.filter(pk__in=[item.pk for item in answered]).update(state=WorkItem.State.DONE)
    run.items.filter(state=WorkItem.State.PENDING).update(state=WorkItem.State.FAILED)
    return responses


def _repeat_of(entry: Any, repeat: int) -> tuple[float, float] | None:
    value = entry[repeat] if isinstance(entry, list) else entry
    if value is None or isinstance(value, tuple):
        return value
    return float(value), 1.0
