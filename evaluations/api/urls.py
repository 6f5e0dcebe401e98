"""The API of facts. A noun a line."""

from django.urls import path

from config.api.routing import router
from evaluations.api.boards import BoardOfSuite
from evaluations.api.claimed_scores import ClaimedScoreViewSet
from evaluations.api.comparisons import Comparisons
from evaluations.api.comparisons_many import ComparisonsMany
from evaluations.api.datasets import DatasetViewSet
from evaluations.api.draft_cases import DraftCase
from evaluations.api.evaluations import EvaluationViewSet
from evaluations.api.failure_modes import FailureModeViewSet
from evaluations.api.labelling import Labelling
from evaluations.api.logs import LogImportViewSet, LogViewSet
from evaluations.api.media import MediaViewSet
from evaluations.api.model_versions import ModelVersionViewSet
from evaluations.api.models import ModelVersionByName, ModelViewSet
from evaluations.api.pair_judgings import PairJudgings, PairJudgingsPreview
from evaluations.api.prompts import PromptViewSet
from evaluations.api.providers import ProviderViewSet
from evaluations.api.ratings import RunRatings
from evaluations.api.rounds import RoundViewSet
from evaluations.api.rule_sets import RuleSetCheck, RuleSetOfVersion
from evaluations.api.runs import RunViewSet
from evaluations.api.schedules import ScheduleViewSet
from evaluations.api.scorers import ScorerViewSet
from evaluations.api.steadiness import SteadinessOfVersion
from evaluations.api.suites import SuiteViewSet

routes = router()
routes.register("models", ModelViewSet, "api-model")
routes.register("model-versions", ModelVersionViewSet, "api-model-version")
routes.register("providers", ProviderViewSet, "api-provider")
routes.register("datasets", DatasetViewSet, "api-dataset")
routes.register("logs", LogViewSet, "api-log")
routes.register("log-imports", LogImportViewSet, "api-log-import")
routes.register("media", MediaViewSet, "api-media")
routes.register("prompts", PromptViewSet, "api-prompt")
routes.register("scorers", ScorerViewSet, "api-scorer")
routes.register("evaluations", EvaluationViewSet, "api-evaluation")
routes.register("claimed-scores", ClaimedScoreViewSet, "api-claimed-score")
routes.register("failure-modes", FailureModeViewSet, "api-failure-mode")
routes.register("suites", SuiteViewSet, "api-suite")
routes.register("rounds", RoundViewSet, "api-round")
routes.register("schedules", ScheduleViewSet, "api-schedule")
routes.register("runs", RunViewSet, "api-run")

urlpatterns = [
    path("rule-sets/check/", RuleSetCheck.as_view(), name="api-rule-set-check"),
    path("models/<slug:slug>/versions/<str:name>/rule-set/", RuleSetOfVersion.as_view(), name="api-rule-set"),
    path(
        "models/<slug:slug>/versions/<str:name>/steadiness/",
        SteadinessOfVersion.as_view(),
        name="api-model-steadiness",
    ),
    path("board/", BoardOfSuite.as_view(), name="api-board"),
    path("comparisons/", Comparisons.as_view(), name="api-comparisons"),
    path("comparisons/many/", ComparisonsMany.as_view(), name="api-comparisons-many"),
    path("comparisons/judges/", PairJudgings.as_view(), name="api-comparison-judges"),
    path("comparisons/judges/preview/", PairJudgingsPreview.as_view(), name="api-comparison-judges-preview"),
    path("datasets/<slug:slug>/cases/<path:key>/", DraftCase.as_view(), name="api-dataset-case"),
    path("labelling/", Labelling.as_view(), name="api-labelling"),
    path(
        "models/<slug:slug>/versions/<str:name>/",
        ModelVersionByName.as_view(),
        name="api-model-version-by-name",
    ),
    path("runs/<int:pk>/ratings/", RunRatings.as_view(), name="api-run-ratings"),
    *routes.urls,
]
