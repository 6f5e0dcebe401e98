from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone
from django.utils.safestring import SafeString

from config import prose, words


def rendered(source: str, **context: object) -> str:
    return Template(source).render(Context(context)).replace("\u00a0", " ").strip()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.932, "93.2 %"),
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.9999, "> 99.9 %"),
        (0.0001, "&lt; 0.1 %"),
        (-0.021, "−2.1 %"),
        (None, "–"),
        (float("nan"), "–"),
        ("0.5", "–"),
        (True, "–"),
    ],
)
def test_rate_is_shown_in_percent_and_never_rounds_to_certainty(value: object, shown: str) -> None:
    assert rendered("{{ value|percent }}", value=value).replace("&gt;", ">") == shown


def test_percent_takes_the_number_of_digits() -> None:
    assert rendered("{{ 0.9|percent:0 }}") == "90 %"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.011, "+1.1"), (-0.041, "−4.1"), (0.0, "0.0"), (-0.0001, "0.0"), (None, "–")]
)
def test_points_carry_a_real_sign_and_zero_carries_none(value: float | None, shown: str) -> None:
    assert rendered("{{ value|points }}", value=value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.932, "", "93.2 %"),
        (0.932, "share", "93.2 %"),
        (812, "ms", "812 ms"),
        (3.2, "s", "3.2 s"),
        (Decimal("0.42"), "USD", "$0.42"),
        (3, "words", "3 words"),
        (3.25, "words", "3.25 words"),
        (None, "ms", "–"),
    ],
)
def test_score_is_shown_in_the_unit_of_its_scorer(value: object, unit: str, shown: str) -> None:
    assert rendered("{{ value|score:unit }}", value=value, unit=unit) == shown


@pytest.mark.parametrize(
    ("low", "high", "unit", "difference", "shown"),
    [
        (0.909, 0.95, "", False, "90.9–95.0 %"),
        (-0.009, 0.032, "", True, "−0.9 to +3.2"),
        (-0.0042, 0.0113, "number", True, "−0.0042 to +0.01"),
        (812, 1_400, "ms", False, "812 ms to 1.4 s"),
        (0.9, None, "", False, "at least 90.0 %"),
        (None, 0.1, "", False, "up to 10.0 %"),
        (None, None, "", False, "–"),
        (-0.5, 0.5, "", False, "−50.0 % to 50.0 %"),
        (0.0004, 0.032, "", True, "+0.04 to +3.20"),
        (-0.0004, 0.0, "", True, "−0.04 to 0.00"),
    ],
)
def test_range_names_both_ends(low: object, high: object, unit: str, difference: bool, shown: str) -> None:
    source = "{% range_text low high unit difference %}"
    assert rendered(source, low=low, high=high, unit=unit, difference=difference) == shown


@pytest.mark.parametrize(
    ("ends", "difference", "goal", "shown"),
    [
        ((0.8496, 0.938), False, 0.85, "84.96–93.80 %"),
        ((0.85, 0.938), False, 0.85, "85.0–93.8 %"),
        ((0.8504, 0.938), False, 0.85, "85.04–93.80 %"),
        ((0.8496, None), False, 0.85, "at least 84.96 %"),
        ((0.0096, 0.03), True, 0.01, "+0.96 to +3.00"),
        ((-0.0304, 0.0), True, -0.03, "−3.04 to 0.00"),
    ],
)
def test_no_end_of_a_range_reads_as_lying_on_the_other_side_of_what_was_asked(
    ends: tuple[float, float | None], difference: bool, goal: float, shown: str
) -> None:
    assert words.range_text(*ends, "rate", difference, [goal]).replace(words.SPACE, " ") == shown


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0499, "0.05"), (0.0501, "0.0501"), (0.05, "0.05"), (0.0003, "0.0003"), (0.0544, "0.054")],
)
def test_no_p_reads_as_lying_on_the_other_side_of_what_decides(p: float, shown: str) -> None:
    assert words.p_text(p, 0.05) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0004, "0 ms"),
        (0.812, "812 ms"),
        (0.9996, "1.0 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (250, "4 min 10 s"),
        (7_500, "2 h 5 min"),
        (timedelta(days=3, hours=2), "3 d 2 h"),
        (-5, "−5.0 s"),
        (None, "–"),
    ],
)
def test_duration_names_its_two_largest_parts(seconds: object, shown: str) -> None:
    assert rendered("{{ seconds|duration }}", seconds=seconds) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (3.1, "$3.10"),
        (1234.5, "$1,234.50"),
        (0, "$0.00"),
        (0.00042, "$0.00042"),
        (Decimal("-0.5"), "−$0.50"),
        (None, "–"),
    ],
)
def test_a_cheap_call_never_reads_as_free(amount: object, shown: str) -> None:
    assert rendered("{{ amount|money }}", amount=amount) == shown


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(hours=2, minutes=5), "2 h ago"),
        (timedelta(days=45), "1 mo ago"),
        (timedelta(days=-3, minutes=-1), "in 3 d"),
    ],
)
def test_age_is_in_words(age: timedelta, words: str) -> None:
    assert f">{words}</time>" in rendered("{{ moment|ago }}", moment=timezone.now() - age)


def test_age_carries_the_exact_time() -> None:
    shown = rendered("{{ moment|ago }}", moment=datetime(2026, 11, 9, 14, 2, tzinfo=UTC))
    assert 'datetime="2026-11-09T14:02:00+00:00" title="9 Nov 2026, 14:02 UTC"' in shown


@pytest.mark.parametrize(
    ("outcome", "lean", "label", "glyph"),
    [
        ("met", "", "Met", "✓"),
        ("not_met", "", "Not met", "✕"),
        ("inconclusive", "yes", "Not proven yet · leaning yes", "◐"),
        ("inconclusive", "no", "Not proven yet · leaning no", "◐"),
        ("inconclusive", None, "Not proven yet", "◐"),
        ("no_data", "yes", "No data", "○"),
        ("undecided", "", "Undecided", "◐"),
    ],
)
def test_verdict_has_the_agreed_words_and_glyph(
    outcome: str, lean: str | None, label: str, glyph: str
) -> None:
    chip = rendered('{% include "partials/verdict_chip.html" %}', outcome=outcome, lean=lean)
    assert f">{label}</span>" in chip
    assert f'<span aria-hidden="true">{glyph}</span>' in chip


def test_chip_that_shows_only_its_glyph_still_says_the_verdict() -> None:
    chip = rendered('{% include "partials/verdict_chip.html" with size="glyph" %}', outcome="not_met")
    assert 'title="Not met"' in chip
    assert '<span class="visually-hidden">Not met</span>' in chip


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<p style="position:fixed">x</p>',
        "<iframe src=//example.org></iframe>",
        '<a href="https://example.org" onclick="alert(1)">x</a>',
    ],
)
def test_markdown_carries_nothing_that_runs_or_loads(text: str) -> None:
    shown = rendered("{{ text|markdown }}", text=text)
    for tag in ("<script", "<img", "<iframe", "<p style", "<a onclick", 'href="javascript', 'href="data'):
        assert tag not in shown


def test_markdown_links_say_nothing_about_where_the_reader_was() -> None:
    shown = rendered("{{ text|markdown }}", text="[guide](https://example.org)")
    assert shown == '<p><a href="https://example.org" rel="noopener noreferrer nofollow">guide</a></p>'


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\u200f", "\x07", "\r", "\x1b", "\x85", "\ufeff", "\U000e0041"],
)
def test_hidden_character_is_shown_by_its_code_point(character: str) -> None:
    shown = rendered("{{ text|visible }}", text=f"a{character}b")
    assert character not in shown
    assert f"U+{ord(character):04X}</span>" in shown


def test_markdown_writes_hidden_characters_out() -> None:
    shown = rendered("{{ text|markdown }}", text="pay \u202e001\u202c [to](https://a.example/\u2066)")
    assert "pay U+202E001U+202C" in shown
    assert not {"\u202e", "\u202c", "\u2066"}.intersection(shown)


@pytest.mark.parametrize("text", ["line\n\tindented", "line\r\nline", "👩\u200d🔬", "می\u200cخواهم", "שלום"])
def test_ordinary_writing_stays_as_it_is(text: str) -> None:
    assert Template("{{ text|visible }}").render(Context({"text": text})) == text


def test_visible_text_is_escaped() -> None:
    assert rendered("{{ text|visible }}", text="<b>\u202e</b>").startswith("&lt;b&gt;<span")


def test_word_diff_marks_and_escapes() -> None:
    pieces = [("equal", "a "), ("delete", "<b>"), ("insert", "c")]
    assert rendered("{{ pieces|word_diff }}", pieces=pieces) == "a <del>&lt;b&gt;</del><ins>c</ins>"


def test_stack_covers_the_whole_bar() -> None:
    shown = rendered("{% stack met=1 not_met=1 inconclusive=2 %}")
    assert 'class="open" x="50.000%" width="50.000%"' in shown
    assert "2 not proven yet" in shown


@pytest.mark.parametrize(
    ("count", "noun", "shown"),
    [
        (1, "members", "1 member"),
        (1, "entries", "1 entry"),
        (0, "runs", "0 runs"),
        (1_025, "cases", "1,025 cases"),
    ],
)
def test_one_of_many_is_singular(count: int, noun: str, shown: str) -> None:
    assert rendered("{{ count|counted:noun }}", count=count, noun=noun) == shown


def test_stack_of_nothing_says_so() -> None:
    assert "Nothing to count yet" in rendered("{% stack %}")


def test_filters_that_make_markup_say_so() -> None:
    assert isinstance(Template("{{ text|markdown }}").render(Context({"text": "x"})), SafeString)


def test_a_time_that_rounds_to_nothing_has_no_minus() -> None:
    assert words.duration(-0.0001) == words.duration(0)
    assert words.duration(-0.2).startswith("−")


def test_a_plain_number_has_no_unit_behind_it() -> None:
    assert words.score(12, "number") == "12"
    assert words.score(12.5, "words") == "12.50\u00a0words"


@pytest.mark.parametrize(
    "written, words",
    [
        ("**Not** yet: see [the brief](https://a.example/b)", "Not yet: see the brief"),
        ("- one\n- two & `three`", "one two & three"),
        ("a < b <script>alert(1)</script>", "a < b <script>alert(1)</script>"),
        ("", ""),
    ],
)
def test_where_there_is_one_line_markdown_is_its_words(written: str, words: str) -> None:
    assert prose.plain(written) == words
