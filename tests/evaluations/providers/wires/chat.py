"""OpenAI's chat completions."""

from __future__ import annotations

from typing import Any

from tests.evaluations.providers.wires import Answer, Asked, Failure, Payload, data, text_of


class Chat:
    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/chat/completions":
            return None
        messages = payload.get("messages") or [{}]
        prompt = text_of(messages[-1].get("content"))
        tools = (
            payload.get("tools")
            if payload.get("model") == "caller" and messages[-1].get("role") == "user"
            else None
        )
        tool = str(tools[0]["function"]["name"]) if tools else ""
        return Asked(str(payload.get("model")), prompt, bool(payload.get("stream")), tool)

    def body(self, answer: Answer) -> Payload:
        message: Payload = {"role": "assistant", "content": answer.text}
        if answer.refused:
            message |= {"content": None, "refusal": answer.text}
        if answer.tool:
            function = {"name": answer.tool, "arguments": answer.prompt}
            message |= {
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
            }
        return {
            "id": f"chatcmpl-{answer.id}",
            "object": "chat.completion",
            "model": f"{answer.model}-2026-01-01",
            "system_fingerprint": "fp_billing",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if answer.tool else answer.ended,
                }
            ],
            "usage": {
                "prompt_tokens": answer.input,
                "completion_tokens": answer.output,
                "total_tokens": answer.input + answer.output,
                "prompt_tokens_details": {"cached_tokens": 2},
            },
        }

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        whole = self.body(answer)
        common: Payload = {key: whole[key] for key in ("id", "model", "system_fingerprint")}
        common["object"] = "chat.completion.chunk"
        pieces: list[Payload] = [{"role": "assistant", "content": ""}]
        pieces += [{"content": piece} for piece in answer.pieces]
        if answer.refused:
            pieces.append({"refusal": answer.text})
        chunks: list[dict[str, Any]] = [
            {**common, "choices": [{"index": 0, "delta": piece, "finish_reason": None}]} for piece in pieces
        ]
        last = {"index": 0, "delta": {}, "finish_reason": answer.ended}
        chunks.append({**common, "choices": [last]})
        if (payload.get("stream_options") or {}).get("include_usage"):
            chunks.append({**common, "choices": [], "usage": whole["usage"]})
        return [*(data(chunk) for chunk in chunks), "data: [DONE]\n\n"]

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        error: Payload = {"message": failure.message}
        if failure.word.endswith("_error"):
            error["type"] = failure.word
        elif failure.word:
            error["code"] = failure.word
        return failure.status, {"error": error}

    def nothing(self) -> Payload:
        return {"choices": []}

    def headers(self, answer: Answer) -> dict[str, str]:
        return {"x-request-id": f"chatcmpl-{answer.id}"}
