import shutil

import pytest

from evaluations.providers import speech
from evaluations.providers.children import Children
from evaluations.providers.speech import espeak, flite
from evaluations.scorers import CaseView, Media, NotScorable, Output, case_problem, get_scorer

SCORER = get_scorer("speech_wer")
TEXT = "Call my brother after dinner."
CASE = CaseView("case-1", input=TEXT)


def listened(media: Media | None, error_class: str = "") -> tuple[float, float, bool]:
    scored = SCORER.score(Output("", media=media, error_class=error_class), None, CASE, {})
    return scored.numerator, scored.denominator, scored.parsed


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
def test_speech_that_is_understood_has_hardly_an_error() -> None:
    errors, words, _ = listened(Media("audio/wav", lambda: flite(TEXT, {}).media))
    assert words == 5
    assert errors <= 1


def test_speech_that_says_something_else_has_more() -> None:
    errors, words, parsed = listened(Media("audio/wav", lambda: espeak("zigzag", {}).media))
    assert (errors >= 4, words, parsed) == (True, 5, True)


def test_no_sound_at_all_is_heard_as_nothing() -> None:
    assert listened(None) == (5, 5, False)
    assert listened(Media("image/png", lambda: b"pixels")) == (5, 5, False)
    assert listened(Media("audio/wav", lambda: b"")) == (5, 5, False)
    assert listened(None, error_class="malformed") == (5, 5, True)


def test_the_target_is_what_was_to_be_said_where_there_is_one() -> None:
    case = CaseView("c", input="Dr. Smith", target="doctor smith")
    scored = SCORER.score(Output("", error_class="refusal"), case.target, case, {})
    assert scored.denominator == 2


@pytest.mark.parametrize("task", ["crash", "hang", "leave"])
def test_a_recogniser_that_fails_says_nothing_about_the_voice(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Children("tests.evaluations.providers.bad_models")
    monkeypatch.setattr(speech, "MODELS", broken)
    monkeypatch.setattr(speech, "LIMIT_SECONDS", 0.5)
    ask = broken.ask
    monkeypatch.setattr(broken, "ask", lambda _, facts, content, limit: ask(task, {}, content, limit))
    with pytest.raises(NotScorable, match="The recogniser could not listen. The local model failed"):
        listened(Media("audio/wav", lambda: b"RIFF"))


def test_a_sound_the_recogniser_cannot_read_is_missing_too() -> None:
    with pytest.raises(NotScorable, match="no WAV file with PCM samples"):
        listened(Media("audio/mpeg", lambda: b"ID3"))


def test_cases_are_looked_through_without_listening() -> None:
    assert case_problem("speech_wer", CASE, {}) == ""
    assert "holds no word" in case_problem("speech_wer", CaseView("c", input="…"), {})


def test_only_a_recogniser_of_this_machine_can_be_named() -> None:
    assert SCORER.validate({"recogniser": "whisper"}) == [
        "“recogniser” must be one of pocketsphinx, pocketsphinx_fast."
    ]
