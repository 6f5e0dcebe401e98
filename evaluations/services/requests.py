"""From a case to the call that is made for it: prompt, parameters, schema and limits, the same for every case of a run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from evaluations.importers.media import kind_of, seconds_of
from evaluations.models import LOG_SETUP, Blob, Case, EvaluationVersion, ModelVersion, ScorerVersion
from evaluations.prompting import MissingSlot, linked_part, media_part, messages_for
from evaluations.providers import get_adapter
from evaluations.providers.prices import (
    MILLION,
    Prices,
    highest_cost_of_many,
    highest_input_tokens,
    shared_tokens,
)
from evaluations.providers.types import (
    Adapter,
    AsksOften,
    Attachment,
    Most,
    ProviderError,
    ProviderSettings,
    Reply,
    Request,
)
from evaluations.services.guards import prompt_for
from evaluations.services.providers import provider_settings

MAX_TOKENS = 4096
TOKEN_CAPS = ("max_output_tokens", "max_completion_tokens", "max_tokens")
SAMPLED_CASES = 50


class NotCallable(Exception):
    """This case cannot be asked; the text says why."""


@dataclass(frozen=True)
class CallPlan:
    """What all calls of a run share. max_tokens: the most one reply may have. version: id of the model version."""

    adapter: Adapter
    settings: ProviderSettings
    api_id: str
    messages: Sequence[Mapping[str, Any]]
    json_schema: Mapping[str, Any] | None
    parameters: Mapping[str, Any]
    max_tokens: int
    stream: bool = False
    version: int = 0

    def reply_problem(self, reply: Reply) -> ProviderError | None:
        """Why a reply is no answer to what was asked; None where any reply is one, right or wrong."""
        return None

    def request(self, case: Case, request_id: str, repeat: int = 1) -> Request:
        """The call for one case. Raises NotCallable. Needs the case's content loaded; one query where it has attachments."""
        body = case.body
        if not body:
            raise NotCallable("The content of this case was erased.")
        attachments = _attachments(case)
        # Local models get the bytes themselves.
        sent = attachments if self.adapter.needs_http else ()
        media = [media_part(attachment.media_type, attachment.data) for attachment in sent]
        return Request(
            messages=tuple(self._messages(body.get("input"), media)),
            api_id=self.api_id,
            request_id=request_id,
            parameters=self._sent,
            json_schema=self.json_schema,
            case_input=body.get("input"),
            case_metadata=body.get("metadata") or {},
            stored_output=self._outputs.get(case.key),
            stream=self.stream,
            attachments=attachments,
        )

    def digest(self, case: Case, repeat: int) -> bytes | None:
        """SHA-256 of everything one try of a case is asked with; None where nobody is paid for the answer.

        Raises NotCallable. Needs the case's content loaded; pictures and sounds stand in it by their hashes and are not read.

        Two calls of a version that cannot change with the same digest are the same call. What is asked counts, not what is expected:
        a case whose target was corrected is asked the same.
        """
        if not self.adapter.needs_http:
            return None
        case_input = case.body.get("input")
        messages = self._messages(case_input, _named_media(case))
        asked = [self._shared, repeat, messages, case_input, case.attachments]
        return sha256(json.dumps(asked, sort_keys=True).encode()).digest()

    @cached_property
    def most(self) -> Most | None:
        """What a sample may take at most; None where it takes one call."""
        return self.adapter.most(self.parameters) if isinstance(self.adapter, AsksOften) else None

    @cached_property
    def shared_tokens(self) -> int:
        """The most input tokens that all calls have in common."""
        return shared_tokens(self._sent, self.json_schema)

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        """Answers that were uploaded with the version, by the key of their case."""
        outputs = self.parameters.get("outputs")
        return outputs if isinstance(outputs, Mapping) else {}

    @cached_property
    def _sent(self) -> Mapping[str, Any]:
        """The parameters of one call: without the answers to all the others."""
        if self.adapter.needs_http or not self._outputs:
            return self.parameters
        return {name: value for name, value in self.parameters.items() if name != "outputs"}

    @cached_property
    def _shared(self) -> list[Any]:
        """What all calls have in common."""
        where = [self.version, self.api_id, self.adapter.name, self.settings.base_url]
        return [*where, self.json_schema, dict(self.parameters)]

    def _messages(self, case_input: Any, media: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            return messages_for(self.messages, case_input, media)
        except MissingSlot as missing:
            # Local models read the case itself; a prompt made for language models does not concern them.
            if not self.adapter.needs_http:
                return []
            raise NotCallable(str(missing)) from None


def _named_media(case: Case) -> list[dict[str, Any]]:
    """The case's pictures and sounds as parts that name their hashes. One query, none without attachments."""
    if not case.attachments:
        return []
    kinds = dict(Blob.objects.filter(sha256__in=case.attachments).values_list("sha256", "media_type"))
    return [linked_part(kinds[one], one) for one in case.attachments if kind_of(kinds.get(one, ""))]


def _attachments(case: Case) -> tuple[Attachment, ...]:
    """The case's pictures and sounds in their order. Raises NotCallable. One query, none without attachments."""
    if not case.attachments:
        return ()
    blobs = {blob.sha256: blob for blob in Blob.objects.filter(sha256__in=case.attachments)}
    found = []
    for number, digest in enumerate(case.attachments, start=1):
        blob = blobs.get(digest)
        if blob is None or not kind_of(blob.media_type):
            raise NotCallable(f"Attachment {number} of this case ({digest[:12]}…) is not kept here.")
        if blob.purged_at:
            raise NotCallable(f"Attachment {number} of this case ({digest[:12]}…) was erased.")
        found.append(Attachment(digest, blob.media_type, data := blob.content, seconds_of(data)))
    return tuple(found)


def plan_for(evaluation_version: EvaluationVersion, model_version: ModelVersion) -> CallPlan:
    """The plan of a pair. A version's own parameters win over the evaluation's. One query, when related rows are loaded."""
    provider = model_version.model.provider
    if provider is None:
        raise NotCallable(f"{model_version.model.name} has no provider to call.")
    adapter = get_adapter(provider.adapter)
    prompt = prompt_for(evaluation_version, model_version)
    parameters = {**evaluation_version.parameters, **model_version.parameters}
    # How a log's tool had asked says which logs are alike; it is nothing to send.
    parameters.pop(LOG_SETUP, None)
    timed = ScorerVersion.objects.filter(evaluation_versions=evaluation_version, kind="latency").exists()
    return CallPlan(
        adapter=adapter,
        settings=provider_settings(provider),
        api_id=model_version.api_id,
        messages=prompt.messages if prompt else (),
        json_schema=prompt.output_schema if prompt else None,
        parameters=with_token_cap(parameters) if adapter.needs_http else parameters,
        max_tokens=token_cap(parameters),
        stream=timed and adapter.needs_http,
        version=model_version.pk,
    )


def expected_tokens(plan: CallPlan, evaluation_version: EvaluationVersion) -> tuple[int, int]:
    """Input tokens of a mean call: a guess (four bytes a token) and an upper bound, from a few cases. One query."""
    cases = Case.objects.filter(entries__version=evaluation_version.dataset_version_id)
    sampled = cases.select_related("content").order_by("entries__position")[:SAMPLED_CASES]
    return tokens_of(plan, [(case, 1) for case in sampled])


def tokens_of(plan: CallPlan, calls: Iterable[tuple[Case, int]]) -> tuple[int, int]:
    """The same from these cases and repeats; what cannot be asked is left out. Needs the cases' content loaded."""
    bounds = []
    for case, repeat in calls:
        try:
            bounds.append(highest_input_tokens(plan.request(case, "", repeat), plan.shared_tokens))
        except NotCallable:
            continue
    mean = sum(bounds) // len(bounds) if bounds else 0
    return mean // 4, mean


def cost_range(
    plan: CallPlan, prices: Prices, calls: int, tokens: tuple[int, int]
) -> tuple[Decimal, Decimal]:
    """From what so many calls take at least to the most they may. tokens: of a mean call, as of `expected_tokens`."""
    low = calls * (tokens[0] * prices.input / MILLION + prices.per_call)
    if plan.most is not None:
        return low, calls * highest_cost_of_many(plan.most, prices)
    output = plan.max_tokens * prices.output + tokens[1] * prices.input
    return low, calls * (output / MILLION + prices.per_call)


def token_cap(parameters: Mapping[str, Any]) -> int:
    for name in TOKEN_CAPS:
        if isinstance(value := parameters.get(name), int) and value > 0:
            return value
    return MAX_TOKENS


def with_token_cap(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Every paid call names its highest number of tokens: without one there is no bound to reserve."""
    named = {name: value for name, value in parameters.items() if name != "max_output_tokens"}
    if not any(name in named for name in TOKEN_CAPS):
        named["max_tokens"] = token_cap(parameters)
    return named
