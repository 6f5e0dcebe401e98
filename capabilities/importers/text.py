"""The bytes of a file as text, or the one mistake that says where they are none."""

from capabilities.importers.types import Limits, Mistake


def text_of(data: bytes, limits: Limits) -> str | Mistake:
    """UTF-8 without a byte order mark."""
    if len(data) > limits.file_bytes:
        return Mistake(0, f"The file is larger than {limits.file_bytes:,} bytes; split it.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Mistake(0, "The file is in UTF-16; save it as UTF-8.")
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        return Mistake(0, "The file is compressed or a spreadsheet; save it as CSV UTF-8.")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Mistake(
            line,
            f"The text is not UTF-8: byte {error.start + 1:,} of the file is 0x{data[error.start]:02X}. Save the file as UTF-8.",
        )
