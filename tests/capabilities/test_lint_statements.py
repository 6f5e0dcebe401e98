"""The wording rules against a corpus of statements: exact findings on the bad ones, and no false alarm on the good ones."""

import pytest

from capabilities.lint import Finding, statement_findings, two_abilities
from tests.capabilities.statements import BAD, GOOD, Said

RULES = {"vague", "escape", "absolute", "joined", "pronoun", "said_twice", "no_actor", "short"}


def found(said: Said) -> list[Finding]:
    return statement_findings(said.shall, said.conditions)


def test_there_is_no_false_alarm_on_any_good_statement() -> None:
    alarms = {said.shall: [(one.code, one.sentence) for one in found(said)] for said in GOOD if found(said)}
    assert alarms == {}


@pytest.mark.parametrize("said", BAD, ids=lambda said: said.shall)
def test_a_bad_statement_has_exactly_its_findings(said: Said) -> None:
    assert sorted(one.code for one in found(said)) == sorted(said.codes)


def test_every_rule_is_broken_somewhere_and_never_blocks() -> None:
    findings = [one for said in BAD for one in found(said)]
    assert {one.code for one in findings} == RULES
    assert not any(one.blocks for one in findings)


def test_every_finding_says_what_is_wrong_and_what_to_do() -> None:
    for said in BAD:
        for one in found(said):
            assert one.sentence.endswith(".") and one.fix.endswith("."), said


@pytest.mark.parametrize(
    "said",
    [said for said in BAD if {"escape", "absolute", "said_twice"} & {*said.codes}],
    ids=lambda said: said.shall,
)
def test_what_a_button_mends_is_mended(said: Said) -> None:
    for finding in found(said):
        for repair in finding.repairs:
            if "shall" in repair.changes:
                left = statement_findings(repair.changes["shall"], said.conditions)
                assert finding.sentence not in [one.sentence for one in left]


@pytest.mark.parametrize(
    ("joined", "first", "second"),
    [
        ("summarise the review and translate the summary", "summarise the review", "translate the summary"),
        ("classify the ticket and then write a reply", "classify the ticket", "write a reply"),
        ("detect the language, and also transcribe the words", "detect the language", "transcribe the words"),
    ],
)
def test_two_abilities_become_two_sentences(joined: str, first: str, second: str) -> None:
    assert two_abilities(joined) == (first, second)


@pytest.mark.parametrize(
    "said", [said for said in GOOD if " and " in said.shall], ids=lambda said: said.shall
)
def test_one_ability_with_an_and_in_it_is_not_split(said: Said) -> None:
    assert two_abilities(said.shall) is None
