import pytest

from evaluations.providers.wave_files import write_wave
from evaluations.scorers import CaseView, Media, NotScorable, Output, case_problem, get_scorer

SCORER = get_scorer("real_time_factor")


def sound(seconds: float) -> Media:
    return Media("audio/wav", lambda: write_wave(b"\0\0" * int(8000 * seconds), 8000))


def factor(output: Output, *heard: Media) -> tuple[float, float]:
    scored = SCORER.score(output, None, CaseView("case-1", media=heard), {})
    return scored.numerator, round(scored.denominator, 6)


def test_a_voice_is_measured_by_the_sound_it_made() -> None:
    assert factor(Output("", latency_ms=500, media=sound(2))) == (0.5, 2)


def test_a_recogniser_is_measured_by_the_sound_it_heard() -> None:
    assert factor(Output("hello", latency_ms=1500), sound(1), sound(2)) == (1.5, 3)


def test_a_length_that_is_known_is_not_read_again() -> None:
    known = Media("audio/wav", lambda: b"", seconds=4)
    assert factor(Output("", latency_ms=1000, media=known)) == (1, 4)


def test_a_model_error_counts_with_the_time_it_took() -> None:
    assert factor(Output("", latency_ms=900, error_class="refusal"), sound(3)) == (0.9, 3)


@pytest.mark.parametrize(
    ("output", "heard", "words"),
    [
        (Output("hi"), [sound(1)], "No latency"),
        (Output("hi", latency_ms=1), [], "no sound of known length"),
        (Output("hi", latency_ms=1), [Media("image/png", lambda: b"")], "no sound of known length"),
        (Output("", latency_ms=1, media=Media("audio/wav", lambda: b"RIFF")), [], "no sound of known length"),
        (Output("", latency_ms=1, media=sound(0)), [], "no sound of known length"),
    ],
)
def test_what_was_not_measured_is_missing_and_not_zero(
    output: Output, heard: list[Media], words: str
) -> None:
    with pytest.raises(NotScorable, match=words):
        SCORER.score(output, None, CaseView("case-1", media=heard), {})


def test_a_case_to_be_spoken_is_no_broken_case() -> None:
    assert case_problem("real_time_factor", CaseView("c", input="Say this."), {}) == ""
