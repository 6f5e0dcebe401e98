"""What the calls of every judge share: asked anew each time, and only a verdict is an answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evaluations.models import Case, Response, Run
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.scorers import NotScorable, Output
from evaluations.scorers.opinions import Asked
from evaluations.scorers.reading import ModelFailed, Unreadable
from evaluations.services.requests import CallPlan, NotCallable
from evaluations.services.scoring import CHUNK, output_of

# One name for every reply that is no verdict: three in a row are the last word on an answer.
NO_VERDICT = "no verdict"


@dataclass(frozen=True)
class OpinionPlan(CallPlan, ABC):
    """The calls of a judge."""

    def digest(self, case: Case, repeat: int) -> bytes | None:
        """A judge is asked anew: its answers are never taken from other calls."""
        return None

    def reply_problem(self, reply: Reply) -> ProviderError | None:
        """A reply that is no verdict is tried again, and then missing: never a pass and never 0."""
        try:
            if reply.error_class:
                raise Unreadable(f"The judge gave no verdict: {reply.error_class}.")
            self.read(reply.text)
        except Unreadable as problem:
            return ProviderError(ErrorKind.RETRYABLE, str(problem), body_digest=NO_VERDICT)
        return None

    @abstractmethod
    def read(self, text: str) -> object:
        """The verdict in a reply. Raises Unreadable."""

    def asking(self, case: Case, request_id: str, ask: Callable[[], Asked]) -> Request:
        """The call for what `ask` puts together. Raises NotCallable."""
        if not case.body:
            raise NotCallable("The content of this case was erased.")
        try:
            asked = ask()
        except (NotScorable, ModelFailed, Unreadable) as problem:
            raise NotCallable(str(problem)) from None
        return Request(
            messages=asked.messages,
            api_id=self.api_id,
            request_id=request_id,
            parameters=self.parameters,
            json_schema=asked.schema,
        )


def replies_of(judging: Run, go_on: Callable[[], bool]) -> Iterator[list[Response]]:
    """What a judge said, without failures, up to 500 at a time while go_on says so. One query for each."""
    last = 0
    while go_on():
        rows = Response.objects.filter(run=judging, pk__gt=last, error_class="").order_by("pk")
        chunk = list(rows[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        yield chunk


def answer_of(run_id: int, case: Case, repeat: int) -> Output:
    """The answer a run gave to a case. Raises NotCallable when it is gone. One query."""
    rows = Response.objects.select_related("output").filter(run=run_id, case=case, repeat=repeat)
    response = rows.first()
    if response is None or response.output is None or response.output.purged_at:
        raise NotCallable("The answer was erased, so it cannot be judged.")
    return output_of(response, response.output)
