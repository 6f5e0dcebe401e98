"""Google's generateContent."""

from __future__ import annotations

import re

from tests.evaluations.providers.wires import Answer, Asked, Failure, Payload, data, text_of

PATH = re.compile(r"/v1(?:beta)?/models/([^/:]+):(generateContent|streamGenerateContent\?alt=sse)")
STATUSES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
ENDS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


class Generate:
    def asked(self, path: str, payload: Payload) -> Asked | None:
        found = PATH.fullmatch(path)
        if found is None:
            return None
        contents = payload.get("contents") or [{}]
        return Asked(found[1], text_of(contents[-1].get("parts")), found[2].startswith("stream"))

    def body(self, answer: Answer) -> Payload:
        common = self._common(answer)
        if answer.refused:
            return {**common, "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
        parts: list[Payload] = [{"text": "Let me see.", "thought": True}, {"text": answer.text}]
        return {**common, "candidates": [self._candidate(parts, ENDS[answer.ended])]}

    def _common(self, answer: Answer) -> Payload:
        return {
            "modelVersion": f"{answer.model}-2026-01-01",
            "responseId": f"resp{answer.id}",
            "usageMetadata": {
                "promptTokenCount": answer.input,
                "cachedContentTokenCount": 2,
                "candidatesTokenCount": answer.output - 1,
                "thoughtsTokenCount": 1,
                "totalTokenCount": answer.input + answer.output,
            },
        }

    def _candidate(self, parts: list[Payload], end: str = "") -> Payload:
        candidate: Payload = {"content": {"role": "model", "parts": parts}, "index": 0}
        return candidate | ({"finishReason": end} if end else {})

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        common = self._common(answer)
        if answer.refused:
            return [data(self.body(answer))]
        parts: list[Payload] = [
            {"text": "Let me see.", "thought": True},
            *({"text": piece} for piece in answer.pieces),
        ]
        chunks: list[Payload] = [{**common, "candidates": [self._candidate([part])]} for part in parts]
        end = {"text": ""}
        chunks.append({**common, "candidates": [self._candidate([end], ENDS[answer.ended])]})
        return [data(chunk) for chunk in chunks]

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        status, details = failure.status, []
        if status == 401:
            status = 400
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
        if status == 429:
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]
        error = {"code": status, "message": failure.message, "status": STATUSES.get(status, "UNKNOWN")}
        return status, {"error": error | ({"details": details} if details else {})}

    def nothing(self) -> Payload:
        return {"modelVersion": "nothing", "usageMetadata": {}}

    def headers(self, answer: Answer) -> dict[str, str]:
        return {}
