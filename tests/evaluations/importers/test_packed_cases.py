"""Cases and their files in one ZIP: read under limits, and whatever is wrong is a problem with a sentence."""

import hashlib
import io
import zipfile

import pytest

from evaluations.importers import PackedCases, ZipLimits, read_packed

LINE = '{"key": "a", "input": "What?", "attachments": ["a.png"]}\n'


def packed(members: dict[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def reasons(found: PackedCases) -> str:
    return " ".join(problem.reason for problem in found.found.problems)


def test_rows_name_files_and_get_their_hashes() -> None:
    found = read_packed(packed({"cases.jsonl": LINE, "a.png": b"one"}))
    assert [row.attachments for row in found.found.rows] == [(digest(b"one"),)]
    assert (found.files, found.found.problems) == ({digest(b"one"): b"one"}, ())


def test_a_csv_names_several_with_semicolons_between() -> None:
    table = "key,input,attachments\na,What?,pictures/one.png; two.wav\nb,Nothing?,\n"
    found = read_packed(packed({"cases.csv": table, "pictures/one.png": b"1", "two.wav": b"2"}))
    assert [row.attachments for row in found.found.rows] == [(digest(b"1"), digest(b"2")), ()]


def test_files_may_be_named_from_the_folder_of_the_cases() -> None:
    found = read_packed(
        packed({"set/cases.jsonl": LINE, "set/a.png": b"x", "__MACOSX/a": b"", ".DS_Store": b""})
    )
    assert found.found.rows[0].attachments == (digest(b"x"),) and not found.found.problems


def test_a_file_that_is_not_there_is_told_by_its_line() -> None:
    found = read_packed(packed({"cases.jsonl": LINE + LINE.replace('"a"', '"b"').replace("a.png", "b.png")}))
    assert [(one.line, one.reason) for one in found.found.problems] == [
        (
            1,
            "There is no file “a.png” with these cases; send both in one ZIP, or name it by its SHA-256 hash.",
        ),
        (
            2,
            "There is no file “b.png” with these cases; send both in one ZIP, or name it by its SHA-256 hash.",
        ),
    ]
    beside = read_packed(packed({"cases.jsonl": LINE, "b.png": b"x"}))
    assert "There is no file “a.png” in the ZIP." in reasons(beside)


def test_a_file_that_no_row_names_is_not_kept_and_said() -> None:
    found = read_packed(packed({"cases.jsonl": LINE, "a.png": b"1", "spare.png": b"2"}))
    assert "spare.png" in reasons(found) and digest(b"2") not in found.files
    assert len(found.found.rows) == 1


@pytest.mark.parametrize(
    "name", ["../a.png", "/etc/a.png", "x/../../a.png", "..\\a.png", "C:\\a.png", "C:/a.png"]
)
def test_a_name_that_leads_outside_refuses_the_whole(name: str) -> None:
    found = read_packed(packed({"cases.jsonl": LINE, name: b"x"}))
    assert found.found.stopped and "outside itself" in reasons(found) and not found.files


@pytest.mark.parametrize(
    "members",
    [{"a.png": b"x"}, {"cases.jsonl": LINE, "more.csv": "input\nx\n"}, {}],
    ids=["none", "two", "empty"],
)
def test_there_is_one_file_of_cases(members: dict[str, bytes | str]) -> None:
    found = read_packed(packed(members))
    assert found.found.stopped and "one file of cases" in reasons(found)


def test_a_bomb_is_left_as_soon_as_it_is_one() -> None:
    bomb = packed({"cases.jsonl": LINE, "a.png": bytes(50 << 20)})
    assert len(bomb) < 100_000
    assert "“a.png” holds more than 1 MB" in reasons(read_packed(bomb, ZipLimits(one=1 << 20)))
    assert "more than 5 MB" in reasons(read_packed(bomb, ZipLimits(bytes=5 << 20, one=60 << 20)))


def test_too_many_files_are_not_read() -> None:
    many = packed({"cases.jsonl": LINE, **{f"{number}.png": b"x" for number in range(20)}})
    assert "21 files; at most 20" in reasons(read_packed(many, ZipLimits(members=20)))


def test_what_is_no_whole_zip_never_raises() -> None:
    whole = packed({"cases.jsonl": LINE, "a.png": bytes(range(256))})
    for length in range(0, len(whole), 7):
        found = read_packed(whole[:length])
        assert found.found.stopped and "cut off" in reasons(found)
    for place in range(0, len(whole), 5):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        assert isinstance(read_packed(bytes(broken)), PackedCases)


def test_a_size_that_the_list_lies_about_is_counted_as_read() -> None:
    whole = bytearray(packed({"cases.jsonl": LINE, "a.png": bytes(3 << 20)}))
    place = whole.rfind(b"PK\x01\x02")
    whole[place + 24 : place + 28] = (10).to_bytes(4, "little")
    assert isinstance(read_packed(bytes(whole), ZipLimits(one=1 << 20)), PackedCases)


def test_a_case_without_a_key_has_the_same_by_name_and_by_hash() -> None:
    keyless = '{"input": "What?", "attachments": ["%s"]}\n'
    by_name = read_packed(packed({"cases.jsonl": keyless % "a.png", "a.png": b"x"}))
    by_hash = read_packed(packed({"cases.jsonl": keyless % digest(b"x")}))
    other = read_packed(packed({"cases.jsonl": keyless % "a.png", "a.png": b"y"}))
    keys = [found.found.rows[0].key for found in (by_name, by_hash, other)]
    assert keys[0] == keys[1] != keys[2]
