from decimal import Decimal
from json import dumps
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from evaluations.scorers import (
    CaseView,
    Direction,
    Kind,
    Measure,
    NotScorable,
    Output,
    Scored,
    Scorer,
    Unit,
    UnknownScorer,
    all_scorers,
    case_problem,
    get_scorer,
    judge_of,
    measure_of,
)
from evaluations.scorers.opinions import as_judge
from evaluations.scorers.reading import Unreadable

SCORERS = list(all_scorers().values())
QUALITY = [
    scorer for scorer in SCORERS if scorer.slug not in ("latency", "cost", "external", "real_time_factor")
]
JUDGES = [scorer for scorer in SCORERS if as_judge(scorer)]
# What judges and people say comes later than the answer.
COMPUTED = [scorer for scorer in QUALITY if scorer not in JUDGES and scorer.slug != "human_rating"]
ODD_TEXTS = ["", "\x00", "{" * 5000, "[" * 100_000, "9" * 5000, "\ud800", "```json\n```"]
TARGETS = {
    "choice": "A",
    "numeric": 1,
    "within": 1,
    "chrf": "猫",
    "cer": "9" * 5000,
    "keyword_recall": {"keywords": "word"},
    "correct_decline": {"answerable": True},
    "citation_precision": ["word"],
    "unwanted_interruption": "none",
    "position_error": {"states": [[[0, 0]]]},
    "within_radius": {"states": [[[0, 0]]]},
}
WORST = {"higher": 0.0, "lower": 1.0}


def by_slug(scorer: Scorer) -> str:
    return scorer.slug


def value_of(scored: Scored) -> float:
    return scored.numerator / (scored.denominator or 1)


def test_every_kind_of_the_contract_is_there() -> None:
    expected = (
        "auroc bleu calibration_error cer choice chrf citation_precision consistency correct_decline cost exact external f1"
        " human_rating includes json_schema keyword_recall keywords latency length macro_f1"
        " ndcg numeric pattern position_error precision_at_k"
        " recall_at_precision suggestion_precision unwanted_interruption wer within within_radius"
    )
    assert set(expected.split()) <= set(all_scorers())


@pytest.mark.parametrize("scorer", SCORERS, ids=by_slug)
def test_a_scorer_describes_itself_for_the_form(scorer: Scorer) -> None:
    Draft202012Validator.check_schema(dict(scorer.config_schema))
    assert scorer.title and scorer.description.endswith(".") and len(scorer.description) < 120
    assert all("title" in setting for setting in scorer.config_schema["properties"].values())


@pytest.mark.parametrize("scorer", SCORERS, ids=by_slug)
def test_the_example_config_is_valid(scorer: Scorer) -> None:
    assert scorer.validate(scorer.example_config) == []


@pytest.mark.parametrize("scorer", SCORERS, ids=by_slug)
def test_an_unknown_setting_is_named(scorer: Scorer) -> None:
    problems = scorer.validate({**scorer.example_config, "colour": "red"})
    assert any("“colour”" in problem for problem in problems)


@pytest.mark.parametrize("scorer", QUALITY, ids=by_slug)
def test_a_model_error_scores_the_worst(scorer: Scorer) -> None:
    target = TARGETS.get(scorer.slug, "word")
    case = CaseView(key="c", target=target)
    scored = scorer.score(Output(text="", error_class="refusal"), target, case, scorer.example_config)
    worst = WORST[scorer.measure.direction]
    # A figure over all samples counts labels, and the class of an error is none of them.
    label = "" if scorer.measure.kind is Kind.SET else "refusal"
    assert (value_of(scored), scored.label, scored.parsed) == (worst, label, True)


@pytest.mark.parametrize("scorer", COMPUTED, ids=by_slug)
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_no_answer_breaks_a_scorer(scorer: Scorer, text: str) -> None:
    target = TARGETS.get(scorer.slug, "word")
    scored = scorer.score(Output(text=text), target, CaseView(key="c", target=target), scorer.example_config)
    assert value_of(scored) in (0.0, 1.0)


@pytest.mark.parametrize("scorer", JUDGES, ids=by_slug)
@pytest.mark.parametrize("text", [*ODD_TEXTS, '{"score": 11, "rationale": ""}', '{"claims": []}'])
def test_a_judges_reply_that_is_no_verdict_is_no_score(scorer: Scorer, text: str) -> None:
    judge = as_judge(scorer)
    assert judge is not None
    with pytest.raises(Unreadable):
        judge.read(text, scorer.example_config)


def test_supported_claims_are_a_share_and_what_is_not_supported_is_named() -> None:
    judge = judge_of("supported_claims")
    assert judge is not None
    claims = [{"claim": "It rains.", "supported": True}, {"claim": "It snows.", "supported": False}]
    scored = judge.read(dumps({"rationale": "Read.", "claims": claims}), {"judge": "a@1"})
    assert (scored.numerator, scored.label) == (0.5, "1 of 2 claims")
    assert "Not supported: It snows." in scored.rationale


def test_an_answer_past_the_cap_is_unparsed() -> None:
    scored = get_scorer("exact").score(Output(text="a" * 1_000_001), "a", CaseView(key="c"), {})
    assert (scored.numerator, scored.parsed) == (0.0, False)


def test_an_unknown_scorer_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownScorer, match="“bleurt”; there is exact"):
        get_scorer("bleurt")


def test_a_config_overrides_how_scores_are_read() -> None:
    config = {"direction": "lower", "kind": "ratio", "unit": "number", "pass_mark": 0.1}
    assert measure_of("external", config) == Measure(Direction.LOWER, Unit.NUMBER, Kind.RATIO, 0.1)
    assert measure_of("exact", {}) == Measure(Direction.HIGHER, Unit.RATE, Kind.BINARY, 1.0)


@pytest.mark.parametrize(
    ("direction", "mark", "value", "passed"),
    [
        (Direction.HIGHER, 0.9, 0.9 - 1e-14, True),
        (Direction.HIGHER, 0.9, 0.89, False),
        (Direction.LOWER, 0.1, 0.1 + 1e-14, True),
        (Direction.LOWER, 0.1, 0.11, False),
        (Direction.LOWER, None, 5.0, None),
    ],
)
def test_the_pass_mark_is_read_in_the_scorers_direction(
    direction: Direction, mark: float | None, value: float, passed: bool | None
) -> None:
    assert Measure(direction, pass_mark=mark).passed(value) is passed


def test_a_case_that_can_never_be_scored_is_named_before_the_run() -> None:
    assert "is not one number" in case_problem("numeric", CaseView(key="c", target="many"), {})
    assert case_problem("numeric", CaseView(key="c", target="7"), {}) == ""
    assert case_problem("latency", CaseView(key="c"), {}) == ""


NEED_A_TARGET = (
    "exact numeric choice keywords bleu chrf correct_decline citation_precision suggestion_precision"
    " unwanted_interruption position_error within_radius wer cer keyword_recall"
)


@pytest.mark.parametrize("slug", NEED_A_TARGET.split())
def test_a_case_without_target_is_missing_even_when_the_model_failed(slug: str) -> None:
    with pytest.raises(NotScorable):
        get_scorer(slug).score(
            Output(text="", error_class="refusal"), None, CaseView(key="c"), get_scorer(slug).example_config
        )


def test_latency_and_cost_are_measured_on_model_errors_too() -> None:
    output = Output(text="", latency_ms=812.5, cost=Decimal("0.0125"), error_class="refusal")
    assert get_scorer("latency").score(output, None, CaseView(key="c"), {}).numerator == 812.5
    assert get_scorer("cost").score(output, None, CaseView(key="c"), {}).numerator == 0.0125


@pytest.mark.parametrize("slug", ["latency", "cost"])
def test_what_was_not_measured_is_missing_and_not_zero(slug: str) -> None:
    with pytest.raises(NotScorable):
        get_scorer(slug).score(Output(text="x"), None, CaseView(key="c"), {})


def test_an_installed_package_adds_a_scorer_by_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shouting.py").write_text(
        "from evaluations.scorers.exact import *\nfrom evaluations.scorers.exact import score\nslug = 'shouting'\n"
    )
    info = tmp_path / "shouting-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[plumbline.scorers]\nshouting = shouting\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    all_scorers.cache_clear()
    try:
        assert get_scorer("shouting").title == "Exact match"
    finally:
        all_scorers.cache_clear()
