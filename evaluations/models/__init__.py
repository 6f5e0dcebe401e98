from evaluations.models.blobs import Blob, MediaUse
from evaluations.models.budgets import Budget, BudgetMonth
from evaluations.models.case_texts import CaseText, CaseWord
from evaluations.models.claimed_scores import ClaimedScore
from evaluations.models.datasets import Case, Dataset, DatasetVersion, DatasetVersionCase
from evaluations.models.drift import DriftLook, WatchedRun
from evaluations.models.evaluations import Evaluation, EvaluationScorer, EvaluationVersion, Suite
from evaluations.models.failures import FailureMode, SampleLabel
from evaluations.models.lab import LabMark, LabRepeat, LabSheet, LabVote
from evaluations.models.labels import HumanScore
from evaluations.models.logs import LOG_SETUP, TOOLS, ImportedLog, LogPiece, LogUpload
from evaluations.models.models import UNDER_US, Kind, Model, ModelEvent, ModelVersion, Price, Side
from evaluations.models.pairs import PairJudging, PairOpinion
from evaluations.models.prompts import Prompt, PromptVersion
from evaluations.models.providers import Provider
from evaluations.models.results import Exposure, Response, RunAggregate, RunVector, Score, Unscored
from evaluations.models.runs import BROUGHT, NOT_EVIDENCE, Cap, Origin, Round, Run
from evaluations.models.schedules import Schedule, ScheduleSlot
from evaluations.models.scorers import Scorer, ScorerVersion
from evaluations.models.spend import SpendDay
from evaluations.models.transcripts import Transcript
from evaluations.models.work import CallLedger, WorkItem

__all__ = [
    "BROUGHT",
    "Blob",
    "Budget",
    "BudgetMonth",
    "CallLedger",
    "Cap",
    "Case",
    "CaseText",
    "CaseWord",
    "ClaimedScore",
    "Dataset",
    "DatasetVersion",
    "DatasetVersionCase",
    "DriftLook",
    "Evaluation",
    "EvaluationScorer",
    "EvaluationVersion",
    "Exposure",
    "FailureMode",
    "HumanScore",
    "ImportedLog",
    "Kind",
    "LabMark",
    "LabRepeat",
    "LabSheet",
    "LabVote",
    "LOG_SETUP",
    "LogPiece",
    "LogUpload",
    "MediaUse",
    "Model",
    "ModelEvent",
    "ModelVersion",
    "NOT_EVIDENCE",
    "Origin",
    "PairJudging",
    "PairOpinion",
    "Price",
    "Prompt",
    "PromptVersion",
    "Provider",
    "Response",
    "Round",
    "Run",
    "RunAggregate",
    "RunVector",
    "SampleLabel",
    "Schedule",
    "ScheduleSlot",
    "Score",
    "Scorer",
    "ScorerVersion",
    "Side",
    "SpendDay",
    "TOOLS",
    "Suite",
    "UNDER_US",
    "Transcript",
    "Unscored",
    "WatchedRun",
    "WorkItem",
]
