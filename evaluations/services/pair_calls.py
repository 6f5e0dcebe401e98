"""The calls of a judge that compares two runs: each try of a case twice, once with either answer first."""

from dataclasses import dataclass
from functools import cached_property

from evaluations.models import Case, PairJudging
from evaluations.providers.prices import shared_tokens
from evaluations.providers.types import Request
from evaluations.scorers import pairs
from evaluations.scorers.opinions import Asked
from evaluations.services.opinion_calls import OpinionPlan, answer_of
from evaluations.services.requests import NotCallable
from evaluations.services.scoring import case_view


@dataclass(frozen=True)
class PairPlan(OpinionPlan):
    """pair: the two runs and what is asked about them."""

    pair: PairJudging | None = None

    def request(self, case: Case, request_id: str, repeat: int = 1) -> Request:
        """The call about both answers, in the order of this repeat. Raises NotCallable. Two queries. Needs the case's content loaded."""
        return self.asking(case, request_id, lambda: self._ask(case, repeat))

    def _ask(self, case: Case, repeat: int) -> Asked:
        if self.pair is None:
            raise NotCallable("The runs to compare are not known.")
        answers = [
            answer_of(run, case, pairs.try_of(repeat)) for run in (self.pair.first_id, self.pair.second_id)
        ]
        if not pairs.first_run_first(repeat):
            answers.reverse()
        return pairs.ask(self.pair.instruction, case_view(case), *answers)

    @cached_property
    def shared_tokens(self) -> int:
        """The most input tokens that all calls have in common: parameters and the verdict's schema."""
        return shared_tokens(self.parameters, pairs.SCHEMA)

    def read(self, text: str) -> object:
        return pairs.read(text)
