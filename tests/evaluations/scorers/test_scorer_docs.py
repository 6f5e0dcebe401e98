import json
import re
from pathlib import Path

import pytest

from evaluations.scorers import CaseView, Kind, Output, Scorer, all_scorers

PAGE = (Path(__file__).parents[3] / "docs" / "scorers.md").read_text(encoding="utf-8")
SCORERS = list(all_scorers().values())


def section(scorer: Scorer) -> str:
    return PAGE.split(f"\n## `{scorer.slug}`\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.slug)
def test_every_scorer_has_a_section_with_every_setting(scorer: Scorer) -> None:
    text = section(scorer)
    assert [name for name in scorer.config_schema["properties"] if f"`{name}`" not in text] == []


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.slug)
def test_the_example_of_every_scorer_is_valid(scorer: Scorer) -> None:
    [example] = re.findall(r"```json\n(.*?)\n```", section(scorer), re.DOTALL)
    assert scorer.validate(json.loads(example)) == []


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.slug)
def test_the_table_says_how_scores_are_read(scorer: Scorer) -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{scorer.slug}` |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    if scorer.slug != "external":
        measure = scorer.measure
        assert cells[2:5] == [str(measure.direction), str(measure.unit), str(Kind(measure.kind))]


ANSWERS = re.findall(r"^Answer `(.*?)`(?:, target `(.*?)`)?: ([01](?:\.\d+)?)\b", PAGE, re.MULTILINE)


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.slug)
def test_what_the_page_says_of_an_answer_is_true(scorer: Scorer) -> None:
    text = section(scorer)
    config = json.loads(re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)[0])
    for answer, target, value in ANSWERS:
        if f"Answer `{answer}`" in text:
            wanted = json.loads(target) if target.startswith(("[", "{")) else target
            scored = scorer.score(Output(text=answer), wanted, CaseView(key="c"), config)
            assert scored.numerator == pytest.approx(float(value))


def test_the_page_shows_answers() -> None:
    assert len(ANSWERS) >= 9
