"""Recognisers and voices as they run inside a child process; nothing here is imported by a worker.

pocketsphinx: Huggins-Daines et al. 2006, ICASSP; the wheel carries its US English models. espeak-ng by its C API, whose state is the whole
process's. flite: Black and Lenzo 2001, Debian's command.
"""

import ctypes
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from evaluations.providers.wave_files import write_wave

Facts = dict[str, Any]
HEARD_RATE = 16_000
# speak_lib.h
SYNCHRONOUS, RATE, PITCH, UTF8 = 2, 1, 3, 1
SEED = 1
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)


def recognise(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    """The words of a WAV file. facts: settings of the decoder, and keywords to listen for instead of all words."""
    # Numbers take a moment to load that voices need not wait for.
    from evaluations.providers.waves import read_wave, resampled, sixteen_bit

    samples, rate = read_wave(content)
    pcm = sixteen_bit(resampled(samples, rate, HEARD_RATE))
    decoder = _decoder(tuple(sorted(facts["settings"].items())), tuple(facts.get("keywords", ())))
    started = time.perf_counter()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    text = " ".join(found.hypstr.split()) if found else ""
    return {"text": text, "seconds": time.perf_counter() - started}, b""


@cache
def _decoder(settings: tuple[tuple[str, Any], ...], keywords: tuple[str, ...]) -> Any:
    from pocketsphinx import Decoder

    options: dict[str, Any] = {"samprate": HEARD_RATE, "loglevel": "FATAL", **dict(settings)}
    if keywords:
        options["lm"] = None
    decoder = Decoder(**options)
    if keywords:
        # One threshold for all: 1e-20 is the middle of what the handbook of pocketsphinx advises for two or three syllables.
        with tempfile.NamedTemporaryFile("w", suffix=".kws") as file:
            file.write("".join(f"{keyword} /1e-20/\n" for keyword in keywords))
            file.flush()
            decoder.add_kws("keywords", file.name)
        decoder.activate_search("keywords")
    return decoder


def espeak(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    """A text (UTF-8) spoken as WAV. facts: voice, rate in words a minute, pitch 0 to 99."""
    library, rate, collected, _ = _espeak()
    if library.espeak_SetVoiceByName(facts["voice"].encode()):
        raise ValueError(
            f"espeak has no voice “{facts['voice'][:40]}”; en-us, en and en-us+f2 are some it has."
        )
    library.espeak_SetParameter(RATE, facts["rate"], 0)
    library.espeak_SetParameter(PITCH, facts["pitch"], 0)
    library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    started = time.perf_counter()
    text = content + b"\0"
    if library.espeak_Synth(text, len(text), 0, 1, 0, UTF8, None, None) or library.espeak_Synchronize():
        raise ValueError("espeak did not speak.")
    pcm = b"".join(collected)
    # What it remembers of one text changes how it says the next.
    made = {"seconds": time.perf_counter() - started, "once": True}
    return made, write_wave(pcm, rate) if pcm.strip(b"\0") else b""


def _espeak() -> tuple[Any, int, list[bytes], Any]:
    """The library, samples a second, where its sound is collected, and what collects it."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0:
        raise ValueError("espeak did not start.")
    collected: list[bytes] = []

    def collect(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            collected.append(ctypes.string_at(samples, count * 2))
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    # Returned to be held: ctypes forgets a callback that nobody holds.
    return library, rate, collected, callback


def flite(facts: Facts, content: bytes) -> tuple[Facts, bytes]:
    """A text (UTF-8) spoken as WAV by the command flite. facts: voice, and stretch of its length."""
    command = shutil.which("flite")
    if command is None:
        raise ValueError("flite is not installed here; on Debian: apt install flite.")
    with tempfile.TemporaryDirectory() as folder:
        text, sound = Path(folder, "text"), Path(folder, "sound.wav")
        text.write_bytes(content)
        options = ["-voice", facts["voice"], "--setf", f"duration_stretch={facts['stretch']:g}"]
        started = time.perf_counter()
        done = subprocess.run(
            [command, *options, "-f", str(text), "-o", str(sound)],
            capture_output=True,
            timeout=facts["limit_s"] * 0.9,
            check=False,
        )
        if done.returncode or not sound.exists():
            raise ValueError(f"flite ended with status {done.returncode}.")
        return {"seconds": time.perf_counter() - started}, sound.read_bytes()


TASKS = {"recognise": recognise, "espeak": espeak, "flite": flite}
