"""The calls of a judge: for each answer of another run, the question that is asked about it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluations.models import Case, ModelVersion, Origin, PairJudging, Run, ScorerVersion
from evaluations.providers import get_adapter
from evaluations.providers.prices import shared_tokens
from evaluations.providers.types import Request
from evaluations.scorers import Judge, judge_of
from evaluations.services.opinion_calls import OpinionPlan, answer_of
from evaluations.services.pair_calls import PairPlan
from evaluations.services.providers import provider_settings
from evaluations.services.requests import CallPlan, NotCallable, plan_for, token_cap, with_token_cap
from evaluations.services.scoring import case_view


@dataclass(frozen=True)
class JudgingPlan(OpinionPlan):
    """judged: id of the run whose answers are judged."""

    judged: int = 0
    scorer: ScorerVersion | None = None

    def request(self, case: Case, request_id: str, repeat: int = 1) -> Request:
        """The call about one answer. Raises NotCallable. Two queries. Needs the case's content loaded."""
        judge, scorer = self._judge
        return self.asking(
            case,
            request_id,
            lambda: judge.ask(
                scorer.rubric, case_view(case), answer_of(self.judged, case, repeat), scorer.config
            ),
        )

    @cached_property
    def shared_tokens(self) -> int:
        """The most input tokens that all calls have in common: parameters and the verdict's schema."""
        judge, scorer = self._judge
        return shared_tokens(self.parameters, judge.schema(scorer.config))

    def read(self, text: str) -> object:
        judge, scorer = self._judge
        return judge.read(text, scorer.config)

    @property
    def _judge(self) -> tuple[Judge, ScorerVersion]:
        judge = judge_of(self.scorer.kind) if self.scorer else None
        if judge is None or self.scorer is None:
            raise NotCallable("This kind of judge is not installed here.")
        return judge, self.scorer


def plan_of(run: Run) -> CallPlan:
    """The plan of a run: of its model's calls, or of a judge's about other runs. Raises NotCallable."""
    if run.origin != Origin.JUDGE:
        return plan_for(run.evaluation_version, run.model_version)
    if run.pair is not None:
        return pair_plan(run.model_version, run.pair)
    return JudgingPlan(**_asked_of(run.model_version), judged=run.judged_run_id or 0, scorer=run.judging_by)


def pair_plan(judge: ModelVersion, pair: PairJudging) -> PairPlan:
    """The calls of a judge about two runs; the pair need not be kept yet. Raises NotCallable."""
    return PairPlan(**_asked_of(judge), pair=pair)


def _asked_of(judge: ModelVersion) -> dict[str, Any]:
    """What all calls of a judge share, whatever it is asked. Raises NotCallable."""
    provider = judge.model.provider
    if provider is None:
        raise NotCallable(f"{judge.model.name} has no provider to call.")
    adapter = get_adapter(provider.adapter)
    parameters: dict[str, Any] = dict(judge.parameters)
    return {
        "adapter": adapter,
        "settings": provider_settings(provider),
        "api_id": judge.api_id,
        "messages": (),
        "json_schema": None,
        "parameters": with_token_cap(parameters) if adapter.needs_http else parameters,
        "max_tokens": token_cap(parameters),
        "version": judge.pk,
    }
