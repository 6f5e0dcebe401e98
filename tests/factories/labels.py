"""Runs whose answers are scored by the real scorers: figures over all samples are read from answers, never pushed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluations.models import EvaluationVersion, ModelVersion, Response, Run, ScorerVersion, WorkItem
from evaluations.services.blobs import store_blob
from evaluations.services.scorers import create_scorer_version
from evaluations.services.scoring import score_responses
from evaluations.services.vectors import write_vectors
from tests.factories.evaluations import NUMBERS, make_dataset_version, make_evaluation_version, make_run

LABELS = ("de", "nl", "fr")


def make_label_scorer(kind: str = "macro_f1", config: Mapping[str, Any] | None = None) -> ScorerVersion:
    slug = f"{kind.replace('_', '-')}-{next(NUMBERS)}"
    return create_scorer_version(actor=None, slug=slug, kind=kind, config=config or {})


def make_answered_run(
    answers: Sequence[str | None],
    evaluation_version: EvaluationVersion,
    model_version: ModelVersion | None = None,
) -> Run:
    """A done (or partial) run with these answers by case, None for a missing one, scored and packed."""
    run = make_run(evaluation_version, model_version)
    items = list(run.items.order_by("id"))
    for item, answer in zip(items, answers, strict=True):
        item.state = WorkItem.State.FAILED if answer is None else WorkItem.State.DONE
        item.save(update_fields=["state"])
        if answer is not None:
            Response.objects.create(
                run=run,
                case_id=item.case_id,
                repeat=item.repeat,
                output=store_blob(data=answer.encode()),
                finish_reason="stop",
            )
    run.done = sum(answer is not None for answer in answers)
    run.failed = len(answers) - run.done
    run.state = Run.State.DONE if not run.failed else Run.State.PARTIAL
    run.save()
    score_responses(run)
    write_vectors(run)
    return run


def make_languages(
    cases: int = 150, scorers: Sequence[ScorerVersion] = (), slices: bool = False
) -> EvaluationVersion:
    """An evaluation of telling three languages apart, as many cases of each."""
    rows = [
        {
            "key": f"c{place}",
            "target": LABELS[place % 3],
            "slices": {"length": "long" if place % 2 else "short"} if slices else {},
        }
        for place in range(cases)
    ]
    return make_evaluation_version(make_dataset_version(rows), list(scorers) or [make_label_scorer()])


def guesses(cases: int, accuracy: float, seed: int = 0) -> list[str]:
    """Answers with label and probability that are right this often."""
    random = np.random.default_rng(seed)
    found = []
    for place in range(cases):
        label = (
            LABELS[place % 3] if random.random() < accuracy else LABELS[(place + random.integers(1, 3)) % 3]
        )
        found.append(json.dumps({"label": label, "probability": round(float(random.uniform(0.5, 1)), 3)}))
    return found
