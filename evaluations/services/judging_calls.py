"""The calls of a judge: for each answer of another run, the question that is asked about it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluations.models import Case, Origin, Response, Run, ScorerVersion
from evaluations.providers import get_adapter
from evaluations.providers.prices import shared_tokens
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.scorers import Judge, NotScorable, judge_of
from evaluations.scorers.reading import ModelFailed, Unreadable
from evaluations.services.providers import provider_settings
from evaluations.services.requests import CallPlan, NotCallable, plan_for, token_cap, with_token_cap
from evaluations.services.scoring import case_view, output_of

# One name for every reply that is no verdict: three in a row are the last word on an answer.
NO_VERDICT = "no verdict"


@dataclass(frozen=True)
class JudgingPlan(CallPlan):
    """judged: id of the run whose answers are judged."""

    judged: int = 0
    scorer: ScorerVersion | None = None

    def request(self, case: Case, request_id: str, repeat: int = 1) -> Request:
        """The call about one answer. Raises NotCallable. Two queries. Needs the case's content loaded."""
        if not case.body:
            raise NotCallable("The content of this case was erased.")
        rows = Response.objects.select_related("output").filter(run=self.judged, case=case, repeat=repeat)
        response = rows.first()
        if response is None or response.output is None or response.output.purged_at:
            raise NotCallable("The answer was erased, so it cannot be judged.")
        judge, scorer = self._judge
        try:
            asked = judge.ask(
                scorer.rubric, case_view(case), output_of(response, response.output), scorer.config
            )
        except (NotScorable, ModelFailed, Unreadable) as problem:
            raise NotCallable(str(problem)) from None
        return Request(
            messages=asked.messages,
            api_id=self.api_id,
            request_id=request_id,
            parameters=self.parameters,
            json_schema=asked.schema,
        )

    @cached_property
    def shared_tokens(self) -> int:
        """The most input tokens that all calls have in common: parameters and the verdict's schema."""
        judge, scorer = self._judge
        return shared_tokens(self.parameters, judge.schema(scorer.config))

    def digest(self, case: Case, repeat: int) -> bytes | None:
        """A judge is asked anew: its answers are never taken from other calls."""
        return None

    def reply_problem(self, reply: Reply) -> ProviderError | None:
        """A reply that is no verdict is tried again, and then missing: never a pass and never 0."""
        judge, scorer = self._judge
        try:
            if reply.error_class:
                raise Unreadable(f"The judge gave no verdict: {reply.error_class}.")
            judge.read(reply.text, scorer.config)
        except Unreadable as problem:
            return ProviderError(ErrorKind.RETRYABLE, str(problem), body_digest=NO_VERDICT)
        return None

    @property
    def _judge(self) -> tuple[Judge, ScorerVersion]:
        judge = judge_of(self.scorer.kind) if self.scorer else None
        if judge is None or self.scorer is None:
            raise NotCallable("This kind of judge is not installed here.")
        return judge, self.scorer


def plan_of(run: Run) -> CallPlan:
    """The plan of a run: of its model's calls, or of a judge's about another run. Raises NotCallable."""
    if run.origin != Origin.JUDGE:
        return plan_for(run.evaluation_version, run.model_version)
    provider = run.model_version.model.provider
    if provider is None:
        raise NotCallable(f"{run.model_version.model.name} has no provider to call.")
    adapter = get_adapter(provider.adapter)
    parameters: dict[str, Any] = dict(run.model_version.parameters)
    return JudgingPlan(
        adapter=adapter,
        settings=provider_settings(provider),
        api_id=run.model_version.api_id,
        messages=(),
        json_schema=None,
        parameters=with_token_cap(parameters) if adapter.needs_http else parameters,
        max_tokens=token_cap(parameters),
        version=run.model_version_id,
        judged=run.judged_run_id or 0,
        scorer=run.judging_by,
    )
