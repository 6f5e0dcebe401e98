"""Anthropic's messages."""

from __future__ import annotations

from typing import Any

from tests.evaluations.providers.wires import Answer, Asked, Failure, Payload, data, text_of

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
ENDS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


class Messages:
    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/messages":
            return None
        messages = payload.get("messages") or [{}]
        return Asked(
            str(payload.get("model")), text_of(messages[-1].get("content")), bool(payload.get("stream"))
        )

    def body(self, answer: Answer) -> Payload:
        details = {"type": "refusal", "category": None, "explanation": answer.text}
        return {
            "id": f"msg_{answer.id}",
            "type": "message",
            "role": "assistant",
            "model": f"{answer.model}-2026-01-01",
            "content": [] if answer.refused else [{"type": "text", "text": answer.text, "citations": None}],
            "stop_reason": "refusal" if answer.refused else ENDS[answer.ended],
            "stop_sequence": None,
            "stop_details": details if answer.refused else None,
            "usage": {
                "input_tokens": answer.input - 3,
                "cache_creation_input_tokens": 1,
                "cache_read_input_tokens": 2,
                "output_tokens": answer.output,
                "service_tier": "standard",
            },
        }

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        whole = self.body(answer)
        start = {**whole, "content": [], "stop_reason": None, "stop_details": None}
        start["usage"] = {**whole["usage"], "output_tokens": 1}
        chunks: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
        if not answer.refused:
            block = {"type": "text", "text": ""}
            chunks.append({"type": "content_block_start", "index": 0, "content_block": block})
            for piece in answer.pieces:
                delta = {"type": "text_delta", "text": piece}
                chunks.append({"type": "content_block_delta", "index": 0, "delta": delta})
            chunks.append({"type": "content_block_stop", "index": 0})
        end = {key: whole[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
        usage = {"output_tokens": answer.output}
        chunks += [{"type": "message_delta", "delta": end, "usage": usage}, {"type": "message_stop"}]
        return [data(chunk, chunk["type"]) for chunk in chunks]

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        kind = "billing_error" if failure.word == "insufficient_quota" else TYPES.get(failure.status)
        status = 402 if kind == "billing_error" else failure.status
        error = {"type": kind or "api_error", "message": failure.message}
        return status, {"type": "error", "error": error, "request_id": "req_failed"}

    def nothing(self) -> Payload:
        return {"type": "message", "role": "assistant"}

    def headers(self, answer: Answer) -> dict[str, str]:
        return {"request-id": f"req_{answer.id}"}
