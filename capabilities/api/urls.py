"""The API of judgements. A noun a line."""

from django.urls import path

from capabilities.api.activity import Activity
from capabilities.api.baselines import BaselineViewSet
from capabilities.api.briefs import ModelCard, RequirementBrief
from capabilities.api.budgets import BudgetViewSet
from capabilities.api.bulk_changes import BulkChangeViewSet
from capabilities.api.capabilities import CapabilityViewSet
from capabilities.api.changes import Changes
from capabilities.api.comments import Comments, CommentViewSet
from capabilities.api.coverage import Coverage
from capabilities.api.criteria import Criteria, CriterionConfirmation, CriterionEvidence, OneCriterion
from capabilities.api.discoveries import DiscoveryViewSet
from capabilities.api.expectations import Expectations
from capabilities.api.files import ProductExport, ProductImport
from capabilities.api.gate import Gate
from capabilities.api.intents import Intents
from capabilities.api.lab import LabSheetViewSet
from capabilities.api.lead_board import ProductBoard
from capabilities.api.letters import LetterViewSet
from capabilities.api.links import Dependencies, LinkConfirmation, OneLink, RequirementLinks
from capabilities.api.model_days import ModelDays
from capabilities.api.model_profiles import ModelProfile
from capabilities.api.notices import NoticeOptions, NoticeViewSet, WatchViewSet
from capabilities.api.objectives import ObjectiveViewSet
from capabilities.api.packs import PackDrafts, Packs
from capabilities.api.preferences import PreferredAnswers
from capabilities.api.problems import ProblemViewSet
from capabilities.api.products import ProductViewSet
from capabilities.api.releases import SignOffs, SignOffWithdrawal
from capabilities.api.remarks import RemarksOfRequirement, RemarkViewSet
from capabilities.api.requirements import RequirementViewSet
from capabilities.api.reviews import (
    OneReviewRequest,
    ReviewRequests,
    Reviews,
    ReviewWithdrawal,
    WaitingReviews,
)
from capabilities.api.revisions import Findings, RevisionRestore, Revisions, Split
from capabilities.api.rival_sets import RivalSetViewSet
from capabilities.api.round_summaries import RoundSummaries
from capabilities.api.saved_views import SavedViewViewSet
from capabilities.api.shared_links import SharedLinkViewSet
from capabilities.api.spend import Spending
from capabilities.api.training import Training
from capabilities.api.verdicts import VerdictViewSet
from capabilities.api.waivers import WaiverViewSet
from config.api.routing import router

routes = router()
routes.register("budgets", BudgetViewSet, "api-budget")
routes.register("products", ProductViewSet, "api-product")
routes.register("capabilities", CapabilityViewSet, "api-capability")
routes.register("objectives", ObjectiveViewSet, "api-objective")
routes.register("problems", ProblemViewSet, "api-problem")
routes.register("requirements", RequirementViewSet, "api-requirement")
routes.register("remarks", RemarkViewSet, "api-remark")
routes.register("comments", CommentViewSet, "api-comment")
routes.register("notices", NoticeViewSet, "api-notice")
routes.register("letters", LetterViewSet, "api-letter")
routes.register("watches", WatchViewSet, "api-watch")
routes.register("rival-sets", RivalSetViewSet, "api-rival-set")
routes.register("baselines", BaselineViewSet, "api-baseline")
routes.register("verdicts", VerdictViewSet, "api-verdict")
routes.register("shared-links", SharedLinkViewSet, "api-shared-link")
routes.register("discoveries", DiscoveryViewSet, "api-discovery")
routes.register("waivers", WaiverViewSet, "api-waiver")
routes.register("bulk-changes", BulkChangeViewSet, "api-bulk-change")
routes.register("lab-sheets", LabSheetViewSet, "api-lab-sheet")
routes.register("saved-views", SavedViewViewSet, "api-saved-view")

CRITERIA = "requirements/<str:key>/criteria/"
CRITERION = f"{CRITERIA}<str:criterion>/"
REVISIONS = "requirements/<str:key>/revisions/"
REVIEWS = "requirements/<str:key>/reviews/"
LINKS = "requirements/<str:key>/links/"

urlpatterns = [
    path("products/<str:key>/export/", ProductExport.as_view(), name="api-product-export"),
    path("products/<str:key>/board/", ProductBoard.as_view(), name="api-product-board"),
    path("products/<str:key>/import/", ProductImport.as_view(), name="api-product-import"),
    path("activity/", Activity.as_view(), name="api-activity"),
    path("preferred-answers/", PreferredAnswers.as_view(), name="api-preferred-answers"),
    path("coverage/", Coverage.as_view(), name="api-coverage"),
    path("changes/", Changes.as_view(), name="api-changes"),
    path("spend/", Spending.as_view(), name="api-spend"),
    path("training/", Training.as_view(), name="api-training"),
    path("expectations/", Expectations.as_view(), name="api-expectations"),
    path("intent/", Intents.as_view(), name="api-intent"),
    path("requirements/<str:key>/brief/", RequirementBrief.as_view(), name="api-requirement-brief"),
    path(
        "models/<slug:slug>/versions/<path:name>/profile/", ModelProfile.as_view(), name="api-model-profile"
    ),
    path("models/<slug:slug>/versions/<path:name>/card/", ModelCard.as_view(), name="api-model-card"),
    path("models/<slug:slug>/versions/<path:name>/day/", ModelDays.as_view(), name="api-model-day"),
    path("notice-settings/", NoticeOptions.as_view(), name="api-notice-settings"),
    path("rounds/<int:pk>/summary/", RoundSummaries.as_view(), name="api-round-summary"),
    path("gate/", Gate.as_view(), name="api-gate"),
    path("requirement-packs/", Packs.as_view(), name="api-packs"),
    path("requirement-packs/<slug:slug>/drafts/", PackDrafts.as_view(), name="api-pack-drafts"),
    path("requirements/<str:key>/findings/", Findings.as_view(), name="api-requirement-findings"),
    path("requirements/<str:key>/split/", Split.as_view(), name="api-requirement-split"),
    path(REVISIONS, Revisions.as_view(), name="api-revisions"),
    path(f"{REVISIONS}<int:number>/restore/", RevisionRestore.as_view(), name="api-revision-restore"),
    path(CRITERIA, Criteria.as_view(), name="api-criteria"),
    path(CRITERION, OneCriterion.as_view(), name="api-criterion"),
    path(f"{CRITERION}evidence/", CriterionEvidence.as_view(), name="api-criterion-evidence"),
    path(f"{CRITERION}confirm/", CriterionConfirmation.as_view(), name="api-criterion-confirm"),
    path("requirements/<str:key>/remarks/", RemarksOfRequirement.as_view(), name="api-requirement-remarks"),
    path("requirements/<str:key>/comments/", Comments.as_view(), name="api-requirement-comments"),
    path(REVIEWS, Reviews.as_view(), name="api-reviews"),
    path(f"{REVIEWS}<int:review>/withdraw/", ReviewWithdrawal.as_view(), name="api-review-withdraw"),
    path("requirements/<str:key>/review-requests/", ReviewRequests.as_view(), name="api-review-requests"),
    path(
        "requirements/<str:key>/review-requests/<int:asked>/",
        OneReviewRequest.as_view(),
        name="api-review-request",
    ),
    path("reviews-waiting/", WaitingReviews.as_view(), name="api-reviews-waiting"),
    path(LINKS, RequirementLinks.as_view(), name="api-links"),
    path(f"{LINKS}<int:link>/", OneLink.as_view(), name="api-link"),
    path(f"{LINKS}<int:link>/confirm/", LinkConfirmation.as_view(), name="api-link-confirm"),
    path("requirements/<str:key>/dependencies/", Dependencies.as_view(), name="api-dependencies"),
    path("baselines/<str:key>/sign-offs/", SignOffs.as_view(), name="api-sign-offs"),
    path(
        "baselines/<str:key>/sign-offs/withdraw/", SignOffWithdrawal.as_view(), name="api-sign-off-withdraw"
    ),
    *routes.urls,
]
