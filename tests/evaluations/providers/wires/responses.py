"""OpenAI's Responses API."""

from __future__ import annotations

from typing import Any

from tests.evaluations.providers.wires import Answer, Asked, Failure, Payload, data, text_of
from tests.evaluations.providers.wires.chat import Chat

CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Responses:
    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/responses":
            return None
        messages = payload.get("input") or [{}]
        return Asked(
            str(payload.get("model")), text_of(messages[-1].get("content")), bool(payload.get("stream"))
        )

    def body(self, answer: Answer) -> Payload:
        part: Payload = {"type": "output_text", "text": answer.text, "annotations": []}
        if answer.refused:
            part = {"type": "refusal", "refusal": answer.text}
        cut = CUT.get(answer.ended)
        message = {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
        return {
            "id": f"resp_{answer.id}",
            "object": "response",
            "created_at": 0,
            "model": f"{answer.model}-2026-01-01",
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": cut} if cut else None,
            "error": None,
            "output": [{"type": "reasoning", "id": "rs_1", "summary": []}, message],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": answer.input,
                "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
                "output_tokens": answer.output,
                "output_tokens_details": {"reasoning_tokens": 1},
                "total_tokens": answer.input + answer.output,
            },
        }

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        whole = self.body(answer)
        started = {**whole, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
        reasoning, message = whole["output"]
        empty = {"type": "output_text", "text": "", "annotations": []}
        place = {"item_id": "msg_1", "output_index": 1, "content_index": 0, "logprobs": []}
        chunks: list[dict[str, Any]] = [
            {"type": "response.created", "response": started},
            {"type": "response.in_progress", "response": started},
            {"type": "response.output_item.added", "output_index": 0, "item": reasoning},
            {"type": "response.output_item.added", "output_index": 1, "item": {**message, "content": []}},
            {"type": "response.content_part.added", "part": empty, **place},
            *({"type": "response.output_text.delta", "delta": piece, **place} for piece in answer.pieces),
            {"type": f"response.{whole['status']}", "response": whole},
        ]
        numbered = [{**chunk, "sequence_number": number} for number, chunk in enumerate(chunks)]
        return [data(chunk, chunk["type"]) for chunk in numbered]

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        return Chat().failure(failure)

    def nothing(self) -> Payload:
        return {"object": "response", "status": "completed"}

    def headers(self, answer: Answer) -> dict[str, str]:
        return {"x-request-id": f"req_{answer.id}"}
