"""The API of judgements. A noun a line."""

from django.urls import path

from capabilities.api.baselines import BaselineViewSet
from capabilities.api.capabilities import CapabilityViewSet
from capabilities.api.criteria import Criteria, CriterionConfirmation, CriterionEvidence, OneCriterion
from capabilities.api.gate import Gate
from capabilities.api.objectives import ObjectiveViewSet
from capabilities.api.products import ProductViewSet
from capabilities.api.requirements import RequirementViewSet
from capabilities.api.reviews import Reviews, ReviewWithdrawal
from capabilities.api.rival_sets import RivalSetViewSet
from capabilities.api.verdicts import VerdictViewSet
from capabilities.api.waivers import WaiverViewSet
from config.api.routing import router

routes = router()
routes.register("products", ProductViewSet, "api-product")
routes.register("capabilities", CapabilityViewSet, "api-capability")
routes.register("objectives", ObjectiveViewSet, "api-objective")
routes.register("requirements", RequirementViewSet, "api-requirement")
routes.register("rival-sets", RivalSetViewSet, "api-rival-set")
routes.register("baselines", BaselineViewSet, "api-baseline")
routes.register("verdicts", VerdictViewSet, "api-verdict")
routes.register("waivers", WaiverViewSet, "api-waiver")

CRITERIA = "requirements/<str:key>/criteria/"
CRITERION = f"{CRITERIA}<str:criterion>/"
REVIEWS = "requirements/<str:key>/reviews/"

urlpatterns = [
    path("gate/", Gate.as_view(), name="api-gate"),
    path(CRITERIA, Criteria.as_view(), name="api-criteria"),
    path(CRITERION, OneCriterion.as_view(), name="api-criterion"),
    path(f"{CRITERION}evidence/", CriterionEvidence.as_view(), name="api-criterion-evidence"),
    path(f"{CRITERION}confirm/", CriterionConfirmation.as_view(), name="api-criterion-confirm"),
    path(REVIEWS, Reviews.as_view(), name="api-reviews"),
    path(f"{REVIEWS}<int:review>/withdraw/", ReviewWithdrawal.as_view(), name="api-review-withdraw"),
    *routes.urls,
]
