"""Sound as numbers: WAV bytes read, and brought to another rate."""

import io
import wave

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MAX_SECONDS = 600.0


def read_wave(data: bytes) -> tuple[Floats, int]:
    """Samples in [-1, 1], channels mixed to one, and samples a second. Raises ValueError with a sentence."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate, frames = file.getparams()[:4]
            if frames / rate > MAX_SECONDS:
                raise ValueError(f"The sound is longer than {MAX_SECONDS:g} seconds; cut it into sentences.")
            raw = file.readframes(frames)
    except (wave.Error, EOFError, ZeroDivisionError):
        raise ValueError("The sound is no WAV file with PCM samples; convert it to one.") from None
    whole = len(raw) // (width * channels) * width * channels
    samples = _unpacked(raw[:whole], width)
    return samples.reshape(-1, channels).mean(axis=1), rate


def _unpacked(raw: bytes, width: int) -> Floats:
    """8 bits are unsigned in WAV, more are signed; 24 bits have no type of their own."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8).astype(np.float64) - 128) / 128
    if width == 3:
        padded = np.zeros((len(raw) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return padded.view("<i4").ravel() / 2.0**31
    return np.frombuffer(raw, f"<i{width}") / 2.0 ** (8 * width - 1)


def resampled(samples: Floats, rate: int, wanted: int) -> Floats:
    """The same sound at another rate: what its spectrum holds below half of the lower rate, by FFT. Ends are faded by nothing."""
    if rate == wanted or not len(samples):
        return samples
    length = max(1, round(len(samples) * wanted / rate))
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(length // 2 + 1, complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.asarray(np.fft.irfft(kept, length) * (length / len(samples)))


def sixteen_bit(samples: Floats) -> bytes:
    """Samples as signed 16-bit numbers, little-endian; louder than 1 is cut."""
    scaled = np.clip(np.round(samples * 32768), -32768, 32767)
    return scaled.astype("<i2").tobytes()
