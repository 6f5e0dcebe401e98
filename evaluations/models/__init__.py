from evaluations.models.blobs import Blob
from evaluations.models.datasets import Case, Dataset, DatasetVersion, DatasetVersionCase
from evaluations.models.evaluations import Evaluation, EvaluationScorer, EvaluationVersion, Suite
from evaluations.models.models import Kind, Model, ModelEvent, ModelVersion, Price, Side
from evaluations.models.prompts import Prompt, PromptVersion
from evaluations.models.providers import Provider
from evaluations.models.results import Exposure, Response, RunAggregate, RunVector, Score
from evaluations.models.runs import Cap, Origin, Round, Run
from evaluations.models.schedules import Schedule, ScheduleSlot
from evaluations.models.scorers import Scorer, ScorerVersion
from evaluations.models.work import CallLedger, WorkItem

__all__ = [
    "Blob",
    "CallLedger",
    "Cap",
    "Case",
    "Dataset",
    "DatasetVersion",
    "DatasetVersionCase",
    "Evaluation",
    "EvaluationScorer",
    "EvaluationVersion",
    "Exposure",
    "Kind",
    "Model",
    "ModelEvent",
    "ModelVersion",
    "Origin",
    "Price",
    "Prompt",
    "PromptVersion",
    "Provider",
    "Response",
    "Round",
    "Run",
    "RunAggregate",
    "RunVector",
    "Schedule",
    "ScheduleSlot",
    "Score",
    "Scorer",
    "ScorerVersion",
    "Side",
    "Suite",
    "WorkItem",
]
