"""Speech on this machine, for real: espeak and flite speak, pocketsphinx listens."""

import io
import shutil
import wave
from typing import Any

import jiwer
import numpy as np
import pytest

from evaluations.providers import ErrorKind, ProviderError
from evaluations.providers.process import callable_names
from evaluations.providers.speech import flite, recognise, recognised
from evaluations.providers.types import Reply
from evaluations.providers.wave_files import write_wave
from evaluations.providers.waves import read_wave, resampled, sixteen_bit
from tests.evaluations.providers.calling import make_request, run_local

SENTENCES = (
    "go forward ten meters",
    "call my brother after dinner",
    "please turn on the light in the kitchen",
)
needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")


def say(name: str, text: Any, **parameters: Any) -> Reply:
    return run_local("process", make_request(api_id=name, case_input=text, parameters=parameters))


def seconds(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as file:
        return float(file.getnframes() / file.getframerate())


def test_the_speech_models_can_be_chosen_as_callables() -> None:
    assert {"espeak", "flite", "pocketsphinx", "pocketsphinx_fast"} <= set(callable_names())


def test_espeak_answers_with_a_wav_and_the_time_it_computed() -> None:
    reply = say("espeak", "Hello there.")
    assert (reply.media_type, reply.text, reply.error_class) == ("audio/wav", "", "")
    assert 0.4 < seconds(reply.media) < 3
    assert 0 < reply.latency_ms < 1000 * seconds(reply.media)


def test_espeak_says_the_same_with_the_same_bytes() -> None:
    assert say("espeak", "Hello there.").media == say("espeak", "Hello there.").media
    assert say("espeak", "Hello there.").media != say("espeak", "Hello there.", voice="en-us+f2").media


def test_a_lower_rate_takes_longer() -> None:
    slow, fast = (say("espeak", SENTENCES[2], rate=rate).media for rate in (100, 250))
    assert seconds(slow) > 1.5 * seconds(fast)


def test_a_voice_that_made_no_sound_of_a_text_failed_by_itself() -> None:
    reply = say("espeak", "\u200b")
    assert (reply.error_class, reply.media) == ("malformed", b"")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"voice": "nobody"}, "no voice “nobody”"),
        ({"rate": 5000}, "The parameter rate is a whole number from 80 to 450."),
        ({"pitch": "high"}, "The parameter pitch is a whole number from 0 to 99."),
        ({"limit_s": -1}, "The parameter limit_s is a number of seconds up to 600."),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_not_tried_again(
    parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(ProviderError, match=words) as failure:
        say("espeak", "hello", **parameters)
    assert failure.value.kind is ErrorKind.PERMANENT


@needs_flite
def test_what_flite_says_pocketsphinx_hears() -> None:
    heard = [recognise(flite(text, {"voice": "slt"}).media, {}).text for text in SENTENCES]
    assert jiwer.wer(list(SENTENCES), heard) <= 0.25


@needs_flite
def test_narrow_beams_hear_no_better() -> None:
    sounds = [flite(text, {"voice": "rms"}).media for text in SENTENCES]
    whole = [recognised("pocketsphinx", sound) for sound in sounds]
    fast = [recognised("pocketsphinx_fast", sound) for sound in sounds]
    errors = [jiwer.wer(list(SENTENCES), [each.text for each in heard]) for heard in (whole, fast)]
    assert errors[0] <= errors[1]


@needs_flite
def test_keywords_alone_are_listened_for() -> None:
    sound = flite(SENTENCES[2], {}).media
    words = recognise(sound, {"kws": ["kitchen", "brother"]}).text.split()
    assert "kitchen" in words
    assert "brother" not in words


@needs_flite
def test_a_sound_of_eight_thousand_samples_a_second_is_heard_too() -> None:
    sound = flite(SENTENCES[1], {"voice": "kal"}).media
    assert read_wave(sound)[1] == 8000
    assert jiwer.wer(SENTENCES[1], recognise(sound, {}).text) < 0.5


def test_in_silence_hardly_a_word_is_heard() -> None:
    assert len(recognise(write_wave(b"\0" * 32_000, 16_000), {}).text.split()) <= 1


@pytest.mark.parametrize("sound", [b"", b"RIFF", b"\xff\xfb\x90\x00" * 100])
def test_what_is_no_wav_is_refused_with_what_to_do(sound: bytes) -> None:
    with pytest.raises(ProviderError, match="no WAV file with PCM samples; convert it") as failure:
        recognise(sound, {})
    assert failure.value.kind is ErrorKind.PERMANENT


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_and_loudness_at_another_rate(rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    made = resampled(tone, rate, 16_000)
    assert len(made) == 16_000
    assert np.abs(np.fft.rfft(made)).argmax() == 1000
    assert np.sqrt(np.mean(made**2)) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)


def test_what_a_lower_rate_cannot_hold_does_not_come_back_as_another_tone() -> None:
    tone = np.sin(2 * np.pi * 11_000 * np.arange(44_100) / 44_100)
    assert np.abs(resampled(tone, 44_100, 16_000)).max() < 1e-6


@pytest.mark.parametrize(
    ("width", "raw"),
    [(1, b"\x80\xff"), (2, b"\0\0\xff\x7f"), (3, b"\0\0\0\xff\xff\x7f"), (4, b"\0\0\0\0\xff\xff\xff\x7f")],
)
def test_samples_of_every_width_are_read(width: int, raw: bytes) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(width)
        wav.setframerate(8000)
        wav.writeframes(raw)
    samples, rate = read_wave(file.getvalue())
    assert (rate, samples[0]) == (8000, 0)
    assert samples[1] == pytest.approx(1, abs=0.01)


def test_channels_are_mixed_to_one() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(sixteen_bit(np.array([0.5, -0.5, 0.5, 0.5])))
    assert list(read_wave(file.getvalue())[0]) == [0, 0.5]
