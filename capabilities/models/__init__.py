from capabilities.models.baselines import Baseline, BaselineItem, GateDecision, Waiver
from capabilities.models.capabilities import Capability, Objective
from capabilities.models.criteria import Criterion, Verification
from capabilities.models.products import Membership, Product, RivalSet, RivalSetModel
from capabilities.models.requirements import Requirement, Revision
from capabilities.models.reviews import Review
from capabilities.models.verdicts import JudgedRun, Outcome, Trend, Verdict, VerdictLine

__all__ = [
    "Baseline",
    "BaselineItem",
    "Capability",
    "Criterion",
    "GateDecision",
    "JudgedRun",
    "Membership",
    "Objective",
    "Outcome",
    "Product",
    "Requirement",
    "Review",
    "Revision",
    "RivalSet",
    "RivalSetModel",
    "Trend",
    "Verdict",
    "VerdictLine",
    "Verification",
    "Waiver",
]
