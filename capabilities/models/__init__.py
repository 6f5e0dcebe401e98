from capabilities.models.baselines import Baseline, BaselineItem, GateDecision, Waiver
from capabilities.models.bulk import BulkChange
from capabilities.models.capabilities import Capability, Objective
from capabilities.models.comments import Comment
from capabilities.models.criteria import Criterion, Verification
from capabilities.models.discoveries import Discovery, DiscoveryEvidence, DiscoveryThumb
from capabilities.models.expectations import Expectation
from capabilities.models.happenings import Happening
from capabilities.models.links import Link
from capabilities.models.problems import (
    Assessment,
    AssessmentEvidence,
    Problem,
    ProblemRequirement,
)
from capabilities.models.products import Membership, Product, RivalSet, RivalSetModel
from capabilities.models.releases import SharedLink, SignOff
from capabilities.models.remarks import Remark
from capabilities.models.requirements import Requirement, Revision
from capabilities.models.reviews import Review, ReviewRequest, Submission
from capabilities.models.standings import Standing, StandingMark
from capabilities.models.verdicts import JudgedRun, Look, Outcome, Trend, Verdict, VerdictLine

__all__ = [
    "Assessment",
    "AssessmentEvidence",
    "Baseline",
    "BaselineItem",
    "BulkChange",
    "Capability",
    "Comment",
    "Criterion",
    "Discovery",
    "DiscoveryEvidence",
    "DiscoveryThumb",
    "Expectation",
    "GateDecision",
    "Happening",
    "JudgedRun",
    "Link",
    "Look",
    "Membership",
    "Objective",
    "Outcome",
    "Problem",
    "ProblemRequirement",
    "Product",
    "Remark",
    "Requirement",
    "Review",
    "ReviewRequest",
    "Revision",
    "RivalSet",
    "RivalSetModel",
    "SharedLink",
    "SignOff",
    "Standing",
    "StandingMark",
    "Submission",
    "Trend",
    "Verdict",
    "VerdictLine",
    "Verification",
    "Waiver",
]
