"""Every route of the site, and what each method of it needs: the one table a new route has to enter.

A line: the route's name, then METHOD=need. A need is an action of config.people.access, `public`, or `own` (anybody signed in, for
what is theirs). For the API a need may name the scope of the token before the action, `scope:action`; alone it is both.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ARGUMENT = re.compile(r"(?:([a-z-]+)/|/([a-z]))<(?:\w+:)?(\w+)>")

NEEDED = """
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
evaluations:dataset-draft             POST=write_facts
evaluations:dataset-publish           POST=write_facts
evaluations:dataset-retire            GET=write_facts POST=write_facts
evaluations:dataset-csv               GET=read_test
evaluations:dataset-jsonl             GET=read_test
evaluations:case-edit                 GET=write_facts POST=write_facts
evaluations:case-remove               POST=write_facts
evaluations:evaluation-list           GET=read
evaluations:evaluation-new            GET=write_facts POST=write_facts
evaluations:evaluation-detail         GET=read
evaluations:evaluation-version-new    GET=write_facts POST=write_facts
evaluations:model-list                GET=read
evaluations:model-new                 GET=write_facts POST=write_facts
evaluations:model-detail              GET=read
evaluations:model-version-new         GET=write_facts POST=write_facts
evaluations:model-version-stage       POST=write_facts
evaluations:model-version-price       GET=write_facts POST=write_facts
evaluations:prompt-list               GET=read
evaluations:prompt-new                GET=write_facts POST=write_facts
evaluations:prompt-detail             GET=read
evaluations:prompt-version-new        GET=write_facts POST=write_facts
evaluations:provider-list             GET=read
evaluations:provider-new              GET=manage POST=manage
evaluations:provider-detail           GET=read
evaluations:provider-edit             GET=manage POST=manage
evaluations:provider-test             POST=manage
evaluations:scorer-list               GET=read
evaluations:scorer-new                GET=write_facts POST=write_facts
evaluations:scorer-detail             GET=read
evaluations:scorer-version-new        GET=write_facts POST=write_facts
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
evaluations:run-cancel                POST=run
evaluations:run-resume                POST=run
evaluations:run-retry                 POST=run
evaluations:run-rescore               POST=run
evaluations:run-again                 POST=run
evaluations:schedule-list             GET=read
evaluations:schedule-new              GET=run POST=run
evaluations:schedule-preview          GET=run
evaluations:schedule-detail           GET=read
evaluations:schedule-edit             GET=run POST=run
evaluations:schedule-run              POST=run
evaluations:schedule-switch           POST=run
evaluations:compare                   GET=read
evaluations:compare-slices-csv        GET=read
evaluations:compare-slices-svg        GET=read

capabilities:overview                 GET=read
capabilities:overview-running         GET=read
capabilities:status                   GET=read
capabilities:search                   GET=read
capabilities:search-json              GET=read
capabilities:measure                  GET=run POST=run
capabilities:measure-tries            GET=own
capabilities:product-list             GET=read
capabilities:product-new              GET=write_requirements POST=write_requirements
capabilities:product-detail           GET=read POST=write_requirements
capabilities:product-versions         POST=write_requirements
capabilities:product-member           POST=write_requirements
capabilities:product-rivals           POST=write_requirements
capabilities:product-switch           POST=own
capabilities:capability-list          GET=read
capabilities:capability-new           GET=write_requirements POST=write_requirements
capabilities:capability-edit          GET=write_requirements POST=write_requirements
capabilities:capability-remove        POST=write_requirements
capabilities:objective-list           GET=read POST=write_requirements
capabilities:objective-edit           GET=write_requirements POST=write_requirements
capabilities:objective-remove         POST=write_requirements
capabilities:baseline-list            GET=read
capabilities:baseline-new             GET=write_requirements POST=write_requirements
capabilities:baseline-detail          GET=read
capabilities:baseline-close           POST=write_requirements
capabilities:baseline-record          POST=gate
capabilities:baseline-run             GET=run POST=run
capabilities:gate-decision            GET=read
capabilities:requirement-list         GET=read
capabilities:requirement-bulk         POST=write_requirements
capabilities:requirement-new          GET=write_requirements POST=write_requirements
capabilities:requirement-preview      GET=read
capabilities:requirement-detail       GET=read
capabilities:requirement-edit         GET=write_requirements POST=write_requirements
capabilities:requirement-compare      GET=read
capabilities:requirement-submit       POST=write_requirements
capabilities:requirement-approve      POST=write_requirements
capabilities:requirement-send-back    POST=write_requirements
capabilities:requirement-put-aside    POST=write_requirements
capabilities:requirement-reopen       POST=write_requirements
capabilities:revision-discard         POST=write_requirements
capabilities:requirement-answer       POST=run
capabilities:criterion-new            GET=write_requirements POST=write_requirements
capabilities:criterion-edit           GET=write_requirements POST=write_requirements
capabilities:criterion-remove         POST=write_requirements
capabilities:criterion-gap-svg        GET=read
capabilities:criterion-gap-csv        GET=read
capabilities:evidence                 GET=read
capabilities:evidence-link            POST=write_requirements
capabilities:evidence-confirm         POST=write_requirements
capabilities:evidence-unlink          POST=write_requirements
capabilities:evidence-run             POST=run
capabilities:review                   POST=approve
capabilities:review-withdraw          POST=own
capabilities:waiver-new               POST=approve
capabilities:waiver-revoke            POST=approve

api-index                             GET=read
api-me                                GET=read
api-schema                            GET=read
api-docs                              GET=read
api-comparisons                       GET=read
api-model-list                        GET=read POST=write:write_facts
api-model-detail                      GET=read
api-model-version-by-name             GET=read PUT=push
api-model-version-list                GET=read
api-model-version-detail              GET=read
api-model-version-prices              POST=write:write_facts
api-model-version-stage               POST=write:write_facts
api-provider-list                     GET=read
api-provider-detail                   GET=read
api-dataset-list                      GET=read POST=write:write_facts
api-dataset-detail                    GET=read PATCH=write:write_facts
api-dataset-cases                     GET=read POST=write:write_facts
api-dataset-publish                   POST=write:write_facts
api-dataset-retire                    POST=write:write_facts
api-prompt-list                       GET=read POST=write:write_facts
api-prompt-detail                     GET=read
api-scorer-list                       GET=read POST=write:write_facts
api-scorer-detail                     GET=read
api-evaluation-list                   GET=read POST=write:write_facts
api-evaluation-detail                 GET=read
api-evaluation-cases                  GET=read
api-suite-list                        GET=read POST=write:write_facts
api-suite-detail                      GET=read
api-round-list                        GET=read POST=write:run
api-round-preview                     POST=read:run
api-round-detail                      GET=read
api-schedule-list                     GET=read POST=write:run
api-schedule-detail                   GET=read PATCH=write:run
api-schedule-preview                  GET=read
api-schedule-run-now                  POST=write:run
api-schedule-slots                    GET=read
api-run-list                          GET=read POST=push
api-run-detail                        GET=read
api-run-samples                       GET=read
api-run-results                       POST=push
api-run-finish                        POST=push
api-run-cancel                        POST=write:run
api-run-resume                        POST=write:run
api-run-retry                         POST=write:run
api-run-rescore                       POST=write:run
api-gate                              GET=read POST=gate
api-product-list                      GET=read POST=write:write_requirements
api-product-detail                    GET=read
api-product-versions                  POST=write:write_requirements
api-capability-list                   GET=read POST=write:write_requirements
api-capability-detail                 GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-objective-list                    GET=read POST=write:write_requirements
api-objective-detail                  GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-requirement-list                  GET=read POST=write:write_requirements
api-requirement-detail                GET=read PATCH=write:write_requirements
api-requirement-submit                POST=write:write_requirements
api-requirement-approve               POST=write:write_requirements
api-requirement-send-back             POST=write:write_requirements
api-requirement-defer                 POST=write:write_requirements
api-requirement-reject                POST=write:write_requirements
api-requirement-retire                POST=write:write_requirements
api-requirement-reopen                POST=write:write_requirements
api-requirement-discard               POST=write:write_requirements
api-requirement-commitment            POST=write:write_facts
api-criteria                          GET=read POST=write:write_requirements
api-criterion                         GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-criterion-evidence                POST=write:write_requirements
api-criterion-confirm                 POST=write:write_requirements
api-reviews                           GET=read POST=write:approve
api-review-withdraw                   POST=write:approve
api-rival-set-list                    GET=read POST=write:write_requirements
api-rival-set-detail                  GET=read
api-baseline-list                     GET=read POST=write:write_requirements
api-baseline-detail                   GET=read
api-baseline-close                    POST=write:write_requirements
api-baseline-plan                     GET=read
api-verdict-list                      GET=read
api-verdict-detail                    GET=read
api-waiver-list                       GET=read POST=write:approve
api-waiver-detail                     GET=read
api-waiver-revoke                     POST=write:approve
"""


@dataclass(frozen=True)
class Route:
    """A route by its full name and pattern, e.g. `api/v1/runs/<int:pk>/`."""

    name: str
    pattern: str

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-") and self.name != "api-docs"

    @property
    def nouns(self) -> list[str]:
        """What its arguments are called: the segment before each and its name, e.g. `runs/pk`."""
        return [
            f"{segment or letter}/{argument}" for segment, letter, argument in ARGUMENT.findall(self.pattern)
        ]

    def path(self, values: Mapping[str, object]) -> str:
        """Its address with these values, by noun."""

        def filled(found: re.Match[str]) -> str:
            segment, letter, argument = found.groups()
            value = values[f"{segment or letter}/{argument}"]
            return f"{segment}/{value}" if segment else f"/{letter}{value}"

        return "/" + ARGUMENT.sub(filled, self.pattern)


@dataclass(frozen=True)
class Call:
    """One method of a route and what it needs. scope: of a token, for the API."""

    route: Route
    method: str
    scope: str
    action: str

    def __str__(self) -> str:
        return f"{self.method} {self.route.name}"


def all_routes() -> list[Route]:
    """Every route but those inside the admin."""
    return list(_routes(get_resolver().url_patterns, "", ""))


def _routes(patterns: list[URLPattern | URLResolver], before: str, space: str) -> Iterator[Route]:
    for entry in patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Route(f"{space}{entry.name}", pattern)
        elif entry.namespace != "admin":
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _routes(entry.url_patterns, pattern, inner)


def table() -> dict[str, dict[str, tuple[str, str]]]:
    """Route name → method → (scope, action)."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in filter(None, NEEDED.splitlines()):
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
