"""Every route of the site, and what each method of it needs: the one table a new route has to enter.

A line: the route's name, then METHOD=need. A need is an action of config.people.access, `public`, or `own` (anybody signed in, for
what is theirs). For the API a need may name the scope of the token before the action, `scope:action`; alone it is both.
"""

from dataclasses import dataclass

from tests.api_routes import API
from tests.route_patterns import Route, all_routes

__all__ = ["METHODS", "Call", "Route", "all_calls", "all_routes", "table"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

PAGES = """
healthz                               GET=public
login                                 GET=public POST=public PUT=public
logout                                POST=public
styleguide                            GET=manage
people:account                        GET=own POST=own
people:password-change                GET=own POST=own PUT=own
people:password-changed               GET=own
people:token-list                     GET=own
people:token-create                   GET=own POST=own
people:token-revoke                   POST=own
people:member-list                    GET=manage
people:member-create                  GET=manage POST=manage
people:member-detail                  GET=manage POST=manage
people:member-reset-password          POST=manage
people:member-deactivate              POST=manage
people:member-reactivate              POST=manage
people:member-erase                   POST=manage
people:audit-list                     GET=manage

evaluations:dataset-list              GET=read
evaluations:dataset-new               GET=write_facts POST=write_facts
evaluations:dataset-detail            GET=read
evaluations:dataset-edit              GET=write_facts POST=write_facts
evaluations:dataset-import            GET=write_facts POST=write_facts
evaluations:dataset-takeover          GET=write_facts POST=write_facts
evaluations:dataset-draft             POST=write_facts
evaluations:dataset-check             GET=read
evaluations:dataset-publish           POST=write_facts
evaluations:dataset-retire            GET=write_facts POST=write_facts
evaluations:dataset-slices-csv        GET=read
evaluations:dataset-slices-svg        GET=read
evaluations:dataset-csv               GET=read_test
evaluations:dataset-jsonl             GET=read_test
evaluations:dataset-zip               GET=read_test
evaluations:case-new                  GET=write_facts POST=write_facts
evaluations:case-move                 POST=write_facts
evaluations:case-edit                 GET=write_facts POST=write_facts
evaluations:case-remove               POST=write_facts
evaluations:evaluation-list           GET=read
evaluations:evaluation-new            GET=write_facts POST=write_facts
evaluations:evaluation-detail         GET=read
evaluations:evaluation-trend-csv      GET=read
evaluations:evaluation-trend-svg      GET=read
evaluations:evaluation-rescore        POST=run
evaluations:evaluation-version-new    GET=write_facts POST=write_facts
evaluations:media                     GET=read
evaluations:log-import                GET=write_facts POST=write_facts
evaluations:log-look                  GET=write_facts POST=write_facts
evaluations:model-list                GET=read
evaluations:model-new                 GET=write_facts POST=write_facts
evaluations:model-detail              GET=read
evaluations:model-steadiness          GET=read
evaluations:model-steadiness-csv      GET=read
evaluations:model-steadiness-svg      GET=read
evaluations:rule-set-new              GET=write_facts POST=write_facts
evaluations:rule-set                  GET=write_facts POST=write_facts
evaluations:rule-set-json             GET=read
evaluations:model-version-new         GET=write_facts POST=write_facts
evaluations:model-version-stage       POST=write_facts
evaluations:model-version-price       GET=write_facts POST=write_facts
evaluations:prompt-list               GET=read
evaluations:prompt-new                GET=write_facts POST=write_facts
evaluations:prompt-detail             GET=read
evaluations:prompt-pin                GET=write_facts POST=write_facts
evaluations:prompt-version-new        GET=write_facts POST=write_facts
evaluations:provider-list             GET=read
evaluations:provider-new              GET=manage POST=manage
evaluations:provider-detail           GET=read
evaluations:provider-edit             GET=manage POST=manage
evaluations:provider-test             POST=manage
evaluations:provider-models           POST=manage
evaluations:scorer-list               GET=read
evaluations:scorer-new                GET=write_facts POST=write_facts
evaluations:scorer-detail             GET=read
evaluations:scorer-version-new        GET=write_facts POST=write_facts
evaluations:label-queue               GET=read
evaluations:label-answer              POST=write_facts
evaluations:claimed-score-list        GET=read
evaluations:claimed-score-new         GET=write_facts POST=write_facts
evaluations:claimed-score-withdraw    POST=write_facts
evaluations:failure-mode-list         GET=read
evaluations:failure-mode-new          GET=write_facts POST=write_facts
evaluations:failure-mode-edit         GET=write_facts POST=write_facts
evaluations:failure-mode-retire       POST=write_facts
evaluations:run-label                 POST=write_facts
evaluations:run-failure-modes         GET=read
evaluations:run-promote               GET=write_facts POST=write_facts
evaluations:suite-list                GET=read
evaluations:suite-new                 GET=write_facts POST=write_facts
evaluations:suite-detail              GET=read
evaluations:suite-edit                GET=write_facts POST=write_facts
evaluations:round-list                GET=read
evaluations:round-new                 GET=run POST=run
evaluations:round-preview             GET=run
evaluations:round-detail              GET=read
evaluations:round-cancel              POST=run
evaluations:run-list                  GET=read
evaluations:run-detail                GET=read
evaluations:run-samples               GET=read
evaluations:run-ratings               GET=read
evaluations:run-ratings-upload        POST=write_facts
evaluations:run-ratings-template      GET=read
evaluations:run-labels-csv            GET=read
evaluations:run-cancel                POST=run
evaluations:run-resume                POST=run
evaluations:run-retry                 POST=run
evaluations:run-rescore               POST=run
evaluations:run-again                 POST=run
evaluations:calendar                  GET=read
evaluations:schedule-list             GET=read
evaluations:schedule-new              GET=run POST=run
evaluations:schedule-preview          GET=run
evaluations:schedule-detail           GET=read
evaluations:schedule-edit             GET=run POST=run
evaluations:schedule-run              POST=run
evaluations:schedule-switch           POST=run
evaluations:board                     GET=read
evaluations:board-csv                 GET=read
evaluations:board-svg                 GET=read
evaluations:compare                   GET=read
evaluations:compare-slices-csv        GET=read
evaluations:compare-slices-svg        GET=read
evaluations:compare-csv               GET=read
evaluations:compare-markdown          GET=read
evaluations:compare-svg               GET=read
evaluations:compare-values-svg        GET=read
evaluations:compare-judge             GET=run POST=run

capabilities:overview                 GET=read
capabilities:overview-running         GET=read
capabilities:status                   GET=read
capabilities:spend                    GET=read
capabilities:budget-new               GET=manage POST=manage
capabilities:budget-remove            POST=manage
capabilities:coverage                 GET=read
capabilities:intent                   GET=read
capabilities:changes                  GET=read
capabilities:board                    GET=read
capabilities:board-csv                GET=read
capabilities:preferences              GET=read
capabilities:preferences-people-svg   GET=read
capabilities:preferences-judge-svg    GET=read
capabilities:model-profile            GET=read
capabilities:round-summary            GET=read
capabilities:model-day                GET=read POST=run
capabilities:model-day-preview        GET=run
capabilities:profile-target-svg       GET=read
capabilities:profile-target-csv       GET=read
capabilities:profile-trend-svg        GET=read
capabilities:profile-trend-csv        GET=read
capabilities:search                   GET=read
capabilities:search-json              GET=read
capabilities:measure                  GET=run POST=run
capabilities:measure-tries            GET=own
capabilities:lab-list                 GET=read
capabilities:lab-new                  POST=run
capabilities:lab-sheet                GET=read POST=run
capabilities:lab-answers              GET=read
capabilities:lab-mark                 POST=run
capabilities:lab-row                  GET=read POST=run
capabilities:lab-blind                GET=read POST=run
capabilities:lab-keep                 POST=run
capabilities:product-list             GET=read
capabilities:product-new              GET=write_requirements POST=write_requirements
capabilities:product-detail           GET=read POST=write_requirements
capabilities:product-versions         POST=write_requirements
capabilities:product-member           POST=write_requirements
capabilities:product-rivals           POST=write_requirements
capabilities:product-switch           POST=own
capabilities:capability-list          GET=read
capabilities:capability-new           GET=write_requirements POST=write_requirements
capabilities:capability-tree          GET=read
capabilities:capability-add           POST=write_requirements
capabilities:capability-place         POST=write_requirements
capabilities:capability-rename        POST=write_requirements
capabilities:capability-merge         GET=write_requirements POST=write_requirements
capabilities:capability-edit          GET=write_requirements POST=write_requirements
capabilities:capability-remove        POST=write_requirements
capabilities:capability-decisions     GET=read
capabilities:objective-list           GET=read POST=write_requirements
capabilities:objective-place          POST=write_requirements
capabilities:objective-edit           GET=write_requirements POST=write_requirements
capabilities:objective-remove         POST=write_requirements
capabilities:baseline-list            GET=read
capabilities:baseline-new             GET=write_requirements POST=write_requirements
capabilities:baseline-detail          GET=read
capabilities:baseline-close           POST=write_requirements
capabilities:baseline-record          POST=gate
capabilities:baseline-run             GET=run POST=run
capabilities:baseline-compare         GET=read
capabilities:release                  GET=read
capabilities:release-sign             POST=approve
capabilities:release-withdraw         POST=approve
capabilities:shared-links             GET=write_requirements POST=write_requirements
capabilities:shared-link-revoke       POST=write_requirements
capabilities:shared-status            GET=public
capabilities:waiver-list              GET=read
capabilities:gate-decision            GET=read
capabilities:requirement-list         GET=read
capabilities:requirement-brief        GET=read
capabilities:requirement-briefs       GET=read
capabilities:model-card               GET=read
capabilities:training                 GET=read
capabilities:training-svg             GET=read
capabilities:requirement-import       GET=write_requirements POST=write_requirements
capabilities:requirement-import-csv   GET=read
capabilities:requirement-import-markdown GET=read
capabilities:requirement-export       GET=read
capabilities:requirement-bulk         POST=write_requirements
capabilities:bulk-undo                POST=write_requirements
capabilities:requirement-row          GET=write_requirements POST=write_requirements
capabilities:requirement-move         POST=write_requirements
capabilities:saved-view-save          POST=read
capabilities:saved-view-change        POST=read
capabilities:requirement-new          GET=write_requirements POST=write_requirements
capabilities:requirement-preview      GET=read
capabilities:requirement-detail       GET=read
capabilities:requirement-edit         GET=write_requirements POST=write_requirements
capabilities:requirement-compare      GET=read
capabilities:requirement-split        POST=write_requirements
capabilities:revision-restore         POST=write_requirements
capabilities:pack-list                GET=read
capabilities:pack-detail              GET=read POST=write_requirements
capabilities:requirement-submit       POST=write_requirements
capabilities:requirement-approve      POST=write_requirements
capabilities:requirement-send-back    POST=write_requirements
capabilities:requirement-put-aside    POST=write_requirements
capabilities:requirement-reopen       POST=write_requirements
capabilities:revision-discard         POST=write_requirements
capabilities:requirement-answer       POST=run
capabilities:requirement-links        GET=read
capabilities:link-suggest             GET=read
capabilities:link-add                 POST=write_requirements
capabilities:link-confirm             POST=write_requirements
capabilities:link-remove              POST=write_requirements
capabilities:criterion-new            GET=write_requirements POST=write_requirements
capabilities:criterion-edit           GET=write_requirements POST=write_requirements
capabilities:criterion-remove         POST=write_requirements
capabilities:criterion-gap-svg        GET=read
capabilities:criterion-gap-csv        GET=read
capabilities:criterion-trend          GET=read
capabilities:criterion-trend-svg      GET=read
capabilities:criterion-trend-csv      GET=read
capabilities:evidence                 GET=read
capabilities:evidence-link            POST=write_requirements
capabilities:evidence-confirm         POST=write_requirements
capabilities:evidence-unlink          POST=write_requirements
capabilities:evidence-run             POST=run
capabilities:review                   POST=approve
capabilities:review-withdraw          POST=own
capabilities:review-detail            GET=read
capabilities:review-request           POST=write_requirements
capabilities:review-request-remove    POST=write_requirements
capabilities:comment-new              POST=read
capabilities:comment-detail           GET=read
capabilities:comment-reply            POST=read
capabilities:comment-edit             POST=read
capabilities:comment-withdraw         POST=read
capabilities:comment-answer           POST=read
capabilities:comment-resolve          POST=read
capabilities:comment-reopen           POST=read
capabilities:mentionable              GET=read
capabilities:question-list            GET=read
capabilities:expectation-list         GET=read
capabilities:expectation-new          POST=read
capabilities:calibration-svg          GET=read
capabilities:calibration-csv          GET=read
capabilities:activity                 GET=read
capabilities:notice-list              GET=own
capabilities:notice-open              GET=own
capabilities:notice-read              POST=own
capabilities:notice-settings          GET=own POST=own
capabilities:watch-list               GET=own
capabilities:watch-set                POST=own
capabilities:unsubscribe              GET=public POST=public
capabilities:letter-list              GET=manage
capabilities:letter-retry             POST=manage
capabilities:problem-list             GET=read
capabilities:problem-new              GET=write_requirements POST=write_requirements
capabilities:problem-detail           GET=read
capabilities:problem-edit             GET=write_requirements POST=write_requirements
capabilities:problem-assess           GET=write_requirements POST=write_requirements
capabilities:problem-draft            POST=write_requirements
capabilities:problem-decline          POST=write_requirements
capabilities:problem-reopen           POST=write_requirements
capabilities:problem-remark           POST=read
capabilities:requirement-remark       POST=read
capabilities:remark-settle            POST=write_requirements
capabilities:waiver-new               POST=approve
capabilities:waiver-revoke            POST=approve
capabilities:discovery-list           GET=read
capabilities:strength-list            GET=read
capabilities:strength-record          POST=write_facts
capabilities:discovery-new            GET=write_facts POST=write_facts
capabilities:discovery-detail         GET=read
capabilities:discovery-note           POST=write_facts
capabilities:discovery-dismiss        POST=write_facts
capabilities:discovery-reopen         POST=write_facts
capabilities:discovery-move           POST=write_facts
capabilities:discovery-tries          GET=write_facts POST=write_facts
capabilities:discovery-judge          GET=write_facts POST=write_facts
capabilities:discovery-measures       GET=write_facts POST=write_facts
capabilities:discovery-package        GET=write_requirements POST=write_requirements
capabilities:discovery-retry          POST=write_facts
"""


@dataclass(frozen=True)
class Call:
    """One method of a route and what it needs. scope: of a token, for the API."""

    route: Route
    method: str
    scope: str
    action: str

    def __str__(self) -> str:
        return f"{self.method} {self.route.name}"


def table() -> dict[str, dict[str, tuple[str, str]]]:
    """Route name → method → (scope, action)."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in filter(None, (PAGES + API).splitlines()):
        name, *needs = line.split()
        found[name] = {}
        for need in needs:
            method, _, what = need.partition("=")
            scope, _, action = what.rpartition(":")
            found[name][method] = (scope or action, action)
    return found


def all_calls() -> list[Call]:
    """Every classified method of every route."""
    needed = table()
    return [
        Call(route, method, *need)
        for route in all_routes()
        for method, need in needed.get(route.name, {}).items()
    ]
