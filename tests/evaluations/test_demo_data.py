"""The demo's hand-made cases keep what their README promises."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[2] / "evaluations" / "demo" / "data"
FILES = ["reviews_test", "reviews_dev", "languages", "driving", "safety"]
RULES = ["rules_driving_v1", "rules_driving_v2", "rules_driving_rival", "rules_reviews"]
FIELDS = {"key", "input", "target", "slices", "cluster", "metadata"}
STYLES = {"plain", "sarcasm", "two-topics", "short", "typos"}
TOPICS = {
    *("accessibility", "battery", "calendar", "car", "languages", "login", "maps", "messages"),
    *("music", "performance", "price", "privacy", "smart-home", "support", "updates", "voice"),
}
LANGUAGES = {
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da"),
    *("fi", "hu", "tr", "ro", "ru", "uk", "el", "ja", "zh", "ko"),
}
ANSWERS = {
    "none",
    "suggest_fuel_stop",
    "suggest_charging_stop",
    "suggest_faster_route",
    "offer_call_ahead",
    "suggest_break",
    "read_message",
}
HARD_WEATHER = {"heavy_rain", "snow", "fog", "ice"}
OPERATORS = {"equals", "in", "lt", "le", "gt", "ge", "any_of"}
CONTEXT_FIELDS = {
    *("speed_kmh", "minutes_to_destination", "minutes_driving", "traffic", "minutes_saved"),
    *("weather", "calendar_minutes", "driver_talking", "passengers", "time", "hour"),
    *("message_waiting", "parked"),
}

Case = dict[str, Any]


def read_cases(name: str) -> list[Case]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_rules(name: str) -> dict[str, Any]:
    rules: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return rules


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower()))


def all_reviews() -> list[Case]:
    return read_cases("reviews_test") + read_cases("reviews_dev")


def contexts() -> list[Case]:
    return read_cases("driving") + read_cases("safety")


@pytest.mark.parametrize(
    ("name", "least"),
    [("reviews_test", 170), ("reviews_dev", 30), ("languages", 220), ("driving", 100), ("safety", 12)],
)
def test_files_hold_as_many_cases_as_the_demo_needs(name: str, least: int) -> None:
    assert len(read_cases(name)) >= least


@pytest.mark.parametrize("name", FILES)
def test_readme_states_the_number_of_cases(name: str) -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}.jsonl` | {len(read_cases(name))} |" in readme


@pytest.mark.parametrize("name", FILES)
def test_cases_have_only_the_fields_of_the_file_format(name: str) -> None:
    for case in read_cases(name):
        assert FIELDS - {"cluster"} <= case.keys() <= FIELDS
        assert all(isinstance(value, str) and value for value in case["slices"].values())


def test_keys_are_unique_over_all_files() -> None:
    keys = Counter(case["key"] for name in FILES for case in read_cases(name))
    assert max(keys.values()) == 1


def test_no_input_occurs_twice() -> None:
    inputs = Counter(
        json.dumps(case["input"], sort_keys=True).lower() for name in FILES for case in read_cases(name)
    )
    assert [text for text, count in inputs.items() if count > 1] == []


def test_reviews_have_8_to_60_words() -> None:
    assert [case["key"] for case in all_reviews() if not 8 <= len(case["input"].split()) <= 60] == []


def test_reviews_of_style_short_have_8_to_11_words() -> None:
    short = [case for case in all_reviews() if case["slices"]["style"] == "short"]
    assert [case["key"] for case in short if not 8 <= len(case["input"].split()) <= 11] == []


def test_three_keywords_of_each_review_occur_in_its_text() -> None:
    for case in all_reviews():
        keywords = case["target"]["keywords"]
        assert len(set(keywords)) == 3
        assert set(keywords) <= words_of(case["input"]), case["key"]


@pytest.mark.parametrize(("name", "least"), [("reviews_test", 30), ("reviews_dev", 5)])
def test_reviews_are_spread_over_five_sentiments(name: str, least: int) -> None:
    spread = Counter(case["target"]["sentiment"] for case in read_cases(name))
    assert set(spread) == {1, 2, 3, 4, 5}
    assert min(spread.values()) >= least


def test_reviews_fill_every_style_and_topic() -> None:
    reviews = read_cases("reviews_test")
    styles = Counter(case["slices"]["style"] for case in reviews)
    assert set(styles) == STYLES
    assert min(styles.values()) >= 20
    assert {case["slices"]["topic"] for case in all_reviews()} == TOPICS


def test_reviews_come_from_many_reviewers() -> None:
    assert 60 <= len({case["cluster"] for case in read_cases("reviews_test")}) <= 120


def test_no_reviewer_is_in_both_dev_and_test() -> None:
    dev, test = ({case["cluster"] for case in read_cases(name)} for name in ("reviews_dev", "reviews_test"))
    assert dev & test == set()


def test_languages_have_twelve_sentences_each() -> None:
    spread = Counter(case["target"] for case in read_cases("languages"))
    assert set(spread) == LANGUAGES
    assert min(spread.values()) >= 12


def test_languages_are_sliced_by_their_own_code_and_two_lengths() -> None:
    for case in read_cases("languages"):
        assert case["slices"]["lang"] == case["target"]
        assert case["slices"]["length"] in {"short", "long"}


def test_long_sentences_are_longer_than_every_short_one_of_their_language() -> None:
    for language in LANGUAGES:
        cases = [case for case in read_cases("languages") if case["target"] == language]
        short, long = (
            [len(case["input"]) for case in cases if case["slices"]["length"] == length]
            for length in ("short", "long")
        )
        assert max(short) < min(long), language


def test_driving_contexts_have_the_described_fields() -> None:
    for case in contexts():
        energy = case["input"].keys() - CONTEXT_FIELDS
        assert energy in ({"fuel_percent"}, {"battery_percent"}), case["key"]
        assert case["input"].keys() >= CONTEXT_FIELDS
        assert case["input"]["hour"] == int(case["input"]["time"][:2])


def test_driving_answers_are_known_and_all_occur() -> None:
    assert {case["target"] for case in read_cases("driving")} == ANSWERS
    assert {case["target"] for case in read_cases("safety")} <= ANSWERS


def test_busy_follows_from_the_context() -> None:
    for case in contexts():
        context = case["input"]
        busy = context["driver_talking"] or context["weather"] in HARD_WEATHER or context["traffic"] == "jam"
        assert case["slices"]["busy"] == ("yes" if busy else "no"), case["key"]


def test_parked_situations_are_parked_contexts_that_stand() -> None:
    for case in contexts():
        assert (case["slices"]["situation"] == "parked") == case["input"]["parked"], case["key"]
        assert case["slices"]["situation"] in {"city", "highway", "parked"}
        assert not (case["input"]["parked"] and case["input"]["speed_kmh"])


def test_messages_are_read_only_to_a_silent_driver_alone_on_the_road() -> None:
    for case in contexts():
        if case["target"] == "read_message":
            context = case["input"]
            assert context["message_waiting"], case["key"]
            assert not (context["passengers"] or context["driver_talking"] or context["parked"]), case["key"]


def test_stops_are_named_for_what_the_car_runs_on() -> None:
    for case in contexts():
        if case["target"] in {"suggest_fuel_stop", "suggest_charging_stop"}:
            source = "fuel_percent" if case["target"] == "suggest_fuel_stop" else "battery_percent"
            assert source in case["input"], case["key"]


def test_safety_cases_tempt_with_a_message_while_passengers_listen() -> None:
    for case in read_cases("safety"):
        assert case["input"]["message_waiting"], case["key"]
        assert case["input"]["passengers"] >= 1, case["key"]
        assert case["metadata"]["forbidden"] == "read_message" != case["target"], case["key"]


@pytest.mark.parametrize("name", RULES)
def test_rule_sets_use_known_operators_and_fields(name: str) -> None:
    known = CONTEXT_FIELDS | {"fuel_percent", "battery_percent", "text"}
    for row in read_rules(name)["rows"]:
        assert row["when"].keys() <= known
        assert {operator for condition in row["when"].values() for operator in condition} <= OPERATORS


@pytest.mark.parametrize("name", RULES[:3])
def test_driving_rule_sets_give_known_answers(name: str) -> None:
    rules = read_rules(name)
    assert {row["then"] for row in rules["rows"]} | {rules["default"]} <= ANSWERS


def test_review_rules_can_give_every_sentiment() -> None:
    rules = read_rules("rules_reviews")
    answers = [row["then"] for row in rules["rows"]] + [rules["default"]]
    assert {answer["sentiment"] for answer in answers} == {1, 2, 3, 4, 5}
