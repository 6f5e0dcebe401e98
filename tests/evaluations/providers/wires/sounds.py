"""OpenAI's transcriptions, speech and embeddings. A sound here is the bytes of what is said in it, so that a test can tell what arrived."""

from __future__ import annotations

import io
import wave

from tests.evaluations.providers.wires import Answer, Asked, Failure, Payload
from tests.evaluations.providers.wires.chat import Chat


class Transcriptions:
    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/audio/transcriptions":
            return None
        return Asked(str(payload.get("model")), str(payload.get("file")))

    def body(self, answer: Answer) -> Payload:
        usage = {"type": "tokens", "input_tokens": answer.input, "output_tokens": answer.output}
        details = {"input_token_details": {"audio_tokens": answer.input}, "total_tokens": answer.input}
        return {"text": answer.text, "usage": usage | details}

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        return []

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        return Chat().failure(failure)

    def nothing(self) -> Payload:
        return {"usage": {"type": "duration", "seconds": 3}}

    def headers(self, answer: Answer) -> dict[str, str]:
        return {"x-request-id": f"req_{answer.id}"}


class Speech(Transcriptions):
    """A WAV whose samples are the bytes of the text."""

    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/audio/speech":
            return None
        return Asked(str(payload.get("model")), str(payload.get("input")))

    def sound(self, answer: Answer) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(1)
            sound.setframerate(8000)
            sound.writeframes(answer.text.encode())
        return file.getvalue()


class Embeddings(Transcriptions):
    """A vector of the prompt: how often each vowel stands in it."""

    def asked(self, path: str, payload: Payload) -> Asked | None:
        if path != "/v1/embeddings":
            return None
        return Asked(str(payload.get("model")), str(payload.get("input")))

    def body(self, answer: Answer) -> Payload:
        vector = [answer.prompt.lower().count(vowel) / 8 for vowel in "aeiou"]
        return {
            "object": "list",
            "model": f"{answer.model}-2026-01-01",
            "data": [{"object": "embedding", "index": 0, "embedding": vector}],
            "usage": {"prompt_tokens": answer.input, "total_tokens": answer.input},
        }

    def nothing(self) -> Payload:
        return {"object": "list", "data": []}
