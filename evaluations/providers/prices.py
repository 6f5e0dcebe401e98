"""What a call cost and the most it can cost."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evaluations.providers.types import Attachment, Most, Request, Usage

MILLION = Decimal(1_000_000)
TOKENS_PER_MESSAGE = 16
TOKENS_PER_REPLY = 16
IMAGE_TOKENS = 50_000
AUDIO_BYTES_PER_TOKEN = 16
VIDEO_BYTES_PER_TOKEN = 4
MEDIA_TOKENS = 1_000
# Providers count 10 to 32 tokens for a second of sound and up to 300 for one of video; a long silence is few bytes.
TOKENS_PER_SECOND = {"audio": 100, "video": 500}


@dataclass(frozen=True)
class Prices:
    """Prices of one model version in one currency.

    input, output, cached: per million tokens; cached None means cached tokens cost as much as input.
    per_call: per request. per_second: per second of latency, for endpoints billed by time.
    """

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cached: Decimal | None = None
    per_call: Decimal = Decimal(0)
    per_second: Decimal = Decimal(0)
    currency: str = "USD"


def cost_of(usage: Usage, prices: Prices, latency_ms: float = 0) -> Decimal:
    """Cost of a finished call, or of all calls of a sample. Cached tokens are a part of the input tokens, at their own price."""
    cached = min(usage.get("cached", 0), usage.get("input", 0))
    fresh = usage.get("input", 0) - cached
    cached_price = prices.input if prices.cached is None else prices.cached
    tokens = fresh * prices.input + cached * cached_price + usage.get("output", 0) * prices.output
    calls = usage.get("calls", 1) * prices.per_call
    return tokens / MILLION + calls + prices.per_second * Decimal(latency_ms) / 1000


def highest_cost(
    request: Request, max_tokens: int, prices: Prices, timeout_s: float = 0, *, most_input: int | None = None
) -> Decimal:
    """Upper bound of what the call can cost, reserved before it starts.

    max_tokens: the most tokens the reply may have. timeout_s: the longest it may take, for prices per second. most_input: what
    `highest_input_tokens` gives, where it is known.
    """
    tokens_in = highest_input_tokens(request) if most_input is None else most_input
    dearest = max(prices.input, prices.cached or Decimal(0))
    tokens = tokens_in * dearest + (max_tokens + TOKENS_PER_REPLY) * prices.output
    return tokens / MILLION + prices.per_call + prices.per_second * Decimal(str(timeout_s))


def highest_cost_of_many(most: Most, prices: Prices) -> Decimal:
    """Upper bound of what a sample of several calls can cost: all its tokens at the dearest price."""
    tokens = most.tokens * max(prices.input, prices.cached or Decimal(0), prices.output) / MILLION
    return tokens + most.calls * prices.per_call + Decimal(str(most.seconds)) * prices.per_second


def shared_tokens(parameters: Mapping[str, Any], json_schema: Mapping[str, Any] | None) -> int:
    """Upper bound of the input tokens that all calls of a run have in common."""
    schema = len(json.dumps(json_schema)) if json_schema else 0
    return schema + len(json.dumps(parameters, default=str))


def highest_input_tokens(request: Request, shared: int | None = None) -> int:
    """Text has at most as many tokens as UTF-8 bytes; pictures have a bound of their own, sound and video by bytes and by seconds.

    shared: what `shared_tokens` gives, where it is known.
    """
    if shared is None:
        shared = shared_tokens(request.parameters, request.json_schema)
    played = sum(_played_tokens(attachment) for attachment in request.attachments)
    return shared + played + sum(_message_tokens(message) for message in request.messages)


def likely_tokens(most_input: int, max_tokens: int) -> int:
    """Tokens a call will probably use (four bytes a token), for pacing only; money uses the upper bound."""
    return most_input // 4 + max_tokens


def _played_tokens(attachment: Attachment) -> int:
    kind = attachment.media_type.partition("/")[0]
    return math.ceil((attachment.seconds or 0) * TOKENS_PER_SECOND.get(kind, 0))


def _message_tokens(message: Mapping[str, Any]) -> int:
    content = message.get("content") or ""
    parts = [content] if isinstance(content, str) else content
    other = {key: value for key, value in message.items() if key != "content"}
    return TOKENS_PER_MESSAGE + len(json.dumps(other)) + sum(_part_tokens(part) for part in parts)


def _part_tokens(part: Any) -> int:
    if isinstance(part, str):
        return len(part.encode("utf-8", "surrogatepass"))
    if part.get("type") == "image_url":
        return IMAGE_TOKENS
    if part.get("type") == "input_audio":
        return len(str(part.get("input_audio", {}).get("data", ""))) // AUDIO_BYTES_PER_TOKEN + MEDIA_TOKENS
    if part.get("type") == "video_url":
        return len(str(part.get("video_url", {}).get("url", ""))) // VIDEO_BYTES_PER_TOKEN + MEDIA_TOKENS
    return len(json.dumps(part, ensure_ascii=False).encode("utf-8", "surrogatepass"))
