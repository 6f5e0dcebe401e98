"""A judge compares two runs in both orders: by real calls, once, as an opinion that nothing is decided by."""

from decimal import Decimal

import pytest

from capabilities.models import Verdict
from capabilities.services.judging import judge_run, judge_unjudged_runs
from config.errors import Refused
from config.people.models import Role
from config.words import percent
from evaluations.models import (
    HumanScore,
    LabVote,
    Origin,
    PairJudging,
    Round,
    Run,
    RunVector,
    Score,
    Side,
)
from evaluations.queries.pair_agreement import UNCHECKED
from evaluations.queries.pair_judgings import PairReading, pair_readings, pair_reasons
from evaluations.queries.sides import loaded_runs
from evaluations.services.lab import create_sheet
from evaluations.services.pair_judging import PairAsked, deliver_pair_opinions, start_pair_judging
from evaluations.services.pair_rounds import PairsAsked, asking_of_pairs, start_pairs
from evaluations.services.runs import start_run
from evaluations.statistics import WinRate
from tests.api_client import Caller, error_of
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.capabilities import make_criterion, make_verification
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_price,
    make_prompt_version,
    make_provider,
    make_scorer_version,
)
from tests.factories.pairs import make_pair_judging
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

CASES = [
    {"key": "long", "input": "this sentence is surely longer than a label", "target": "yes"},
    {"key": "even", "input": "neutral", "target": "neutral"},
    {"key": "again", "input": "one more sentence that is longer", "target": "yes"},
]
QUESTION = "The answer says more."


@pytest.fixture
def server(settings):
    with BillingServer() as billing:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{billing.port}"]
        yield billing


@pytest.fixture
def world(server):
    """Two finished runs, of a model that says its input again and of one that says one word, and two judges."""
    provider = make_provider("openai_like", base_url=server.base_url)
    model, judging = make_model("llm", provider=provider), make_model("llm", provider=provider)
    versions = {
        name: make_model_version(owner, api_id=name, name=name, parameters={})
        for owner, name in (
            (model, "echo"),
            (model, "label"),
            (judging, "chooses-first"),
            (judging, "chooses-longer"),
        )
    }
    for version in versions.values():
        make_price(version, "call", "1")
    evaluation = make_evaluation_version(
        make_dataset_version(CASES), [make_scorer_version()], prompt_version=make_prompt_version()
    )
    runs = [
        work_off(start_run(actor=None, evaluation_version=evaluation, model_version=versions[name]))
        for name in ("echo", "label")
    ]
    return *loaded_runs(runs), versions


def judged(first: Run, second: Run, judge, **facts) -> Run:
    run, _ = start_pair_judging(actor=None, asked=PairAsked(first, second, judge, QUESTION, **facts))
    return work_off(run)


def won_of(reading: PairReading) -> WinRate:
    assert reading.found is not None
    return reading.found


def test_a_judge_sees_both_orders_and_its_preference_is_read_from_either_side(world, server):
    first, second, versions = world
    before = len(server.bill())
    judging = judged(first, second, versions["chooses-longer"])
    assert (judging.origin, judging.state, judging.total) == (Origin.JUDGE, Run.State.DONE, 2 * len(CASES))
    assert len(server.bill()) - before == judging.cost == 6
    reading = pair_readings(first, second)[0]
    won = won_of(reading)
    assert won.result.point == pytest.approx(5 / 6)
    assert (reading.n, reading.missing, won.consistency) == (3, 0, 1.0)
    assert won.first_position_rate == 0.5
    assert won_of(pair_readings(second, first)[0]).result.point == pytest.approx(1 / 6)
    case = judging.items.get(repeat=1, case__key="long").case.hash
    reasons = pair_reasons([reading], first, [case])[case]
    assert [(one.a_first, one.chosen, one.rationale) for one in reasons] == [
        (True, "A", "By chooses-longer."),
        (False, "A", "By chooses-longer."),
    ]


def test_a_judge_that_goes_by_the_place_prefers_nobody_and_the_words_say_so(world):
    first, second, versions = world
    judged(first, second, versions["chooses-first"])
    found = pair_readings(first, second)[0]
    won = won_of(found)
    assert won.result.point == 0.5
    assert (won.consistency, won.first_position_rate) == (0.0, 1.0)
    order, preference = found.sentences
    assert f"only {percent(0.0, 0)} of the cases" in order
    assert f"shown first in {percent(1.0, 0)} of its choices" in order
    assert "does not tell A and B apart" in preference


def test_compare_offers_a_judge_counts_its_calls_and_shows_its_opinion(client, world):
    first, second, versions = world
    client.force_login(make_user(Role.PM, may_read_test=True))
    compare = f"/compare/?run={first.pk}&against={second.pk}"
    ask = f"/compare/judge/?run={first.pk}&against={second.pk}"
    assert "Let a judge compare" in client.get(compare).content.decode()
    body = {"judge": versions["chooses-first"].pk, "question": QUESTION, "cap": "", "cap_unit": "money"}
    preview = client.post(ask, body | {"step": "preview"}).content.decode()
    assert "<b>6 calls</b>" in preview
    assert "tokens. Cost: $6.00" in preview
    assert not PairJudging.objects.exists()
    assert client.post(ask, body | {"step": "start"}).headers["Location"] == compare
    judging = work_off(Run.objects.get(origin=Origin.JUDGE))
    page = client.get(compare).content.decode()
    assert "unchecked: a judge’s opinion, never a verdict" in page
    assert "it goes by the place more than by the answers" in page
    assert page.count("By chooses-first.") == 2 * len(CASES)
    assert "A judge compares here" in client.get(f"/runs/{judging.pk}/").content.decode()
    client.force_login(make_user(Role.PM))
    assert "By chooses-first." not in client.get(compare).content.decode()
    client.force_login(make_user(Role.VIEWER))
    assert "Let a judge compare" not in client.get(compare).content.decode()
    assert client.get(ask).status_code == 403


def test_an_opinion_on_two_runs_is_asked_once_and_feeds_no_score_and_no_verdict(world, server):
    first, second, versions = world
    slug = first.evaluation_version.scorers.get().scorer
    make_verification(make_criterion(scorer=slug, approved=True), first.evaluation_version)
    judge_unjudged_runs()
    verdicts = list(Verdict.objects.values_list("run", "generation"))
    scores, vectors = Score.objects.count(), RunVector.objects.count()
    judging = judged(first, second, versions["chooses-longer"])
    billed = len(server.bill())
    asked = PairAsked(second, first, versions["chooses-longer"], f" {QUESTION} ")
    again, created = start_pair_judging(actor=None, asked=asked)
    assert (again.pk, created, deliver_pair_opinions(judging)) == (judging.pk, False, 6)
    assert len(server.bill()) == billed
    assert (Score.objects.count(), RunVector.objects.count()) == (scores, vectors)
    assert not Run.objects.judgeable().filter(pk=judging.pk).exists()
    assert (judge_run(judging), judge_unjudged_runs()) == ([], 0)
    assert verdicts
    assert list(Verdict.objects.values_list("run", "generation")) == verdicts
    assert {run.generation for run in Run.objects.all()} == {1}


def test_what_cannot_be_compared_is_refused_with_a_sentence(world, server):
    first, second, versions = world
    judge = versions["chooses-longer"]
    other = work_off(
        start_run(
            actor=None,
            evaluation_version=make_evaluation_version(
                make_dataset_version(CASES), prompt_version=make_prompt_version()
            ),
            model_version=versions["label"],
        )
    )
    billed = len(server.bill())
    with pytest.raises(Refused, match="the same evaluation version"):
        judged(first, loaded_runs([other])[0], judge)
    judge.model.side = Side.COMPETITOR
    judge.model.save()
    dataset = first.evaluation_version.dataset_version.dataset
    dataset.may_leave = False
    dataset.save()
    with pytest.raises(Refused, match="may not leave"):
        judged(first, second, judge)
    assert not PairJudging.objects.exists()
    assert len(server.bill()) == billed


def test_a_budget_holds_and_what_it_left_out_is_missing(world):
    first, second, versions = world
    judging = judged(first, second, versions["chooses-longer"], cap=Decimal(5))
    assert (judging.state, judging.settled) == (Run.State.PARTIAL, Decimal(5))
    reading = pair_readings(first, second)[0]
    assert (reading.n, reading.missing) == (2, 1)


def test_the_api_previews_starts_and_reads_a_judging(world, server, django_assert_num_queries):
    first, second, versions = world
    caller = Caller("read", "write", user=make_user(Role.PM))
    body = {"run": first.pk, "against": second.pk, "judge": versions["echo"].label, "question": QUESTION}
    preview = caller.post("/comparisons/judges/preview/", body).json()
    assert (preview["cases"], preview["calls"], preview["problems"]) == (3, 6, [])
    assert (Decimal(preview["cost_low"]), preview["tokens"] > 100) == (Decimal(6), True)
    assert "its own model" in preview["warnings"][0]
    body["judge"] = versions["chooses-first"].label
    started = caller.post("/comparisons/judges/", body)
    assert started.status_code == 201, started.content
    assert started.json()["judgings"][0]["win_rate"] is None
    assert caller.post("/comparisons/judges/", body).status_code == 200
    work_off(Run.objects.get(pk=started.json()["judgings"][0]["run"]))
    told = caller.get(f"/comparisons/judges/?run={first.pk}&against={second.pk}").json()["judgings"][0]
    assert (told["win_rate"]["point"], told["consistency"], told["n"]) == (0.5, 0.0, 3)
    assert told["standing"] == "unchecked: a judge’s opinion, never a verdict"
    judged(first, second, versions["chooses-longer"])
    with django_assert_num_queries(6):
        assert len(pair_readings(first, second)) == 2
    assert told["agreement"] == []
    refused = caller.post("/comparisons/judges/", body | {"against": first.pk})
    assert error_of(refused) == (422, "cannot_run")


def test_every_two_of_several_runs_are_asked_about_within_one_budget(world, server):
    first, second, versions = world
    third = work_off(
        start_run(actor=None, evaluation_version=first.evaluation_version, model_version=versions["label"])
    )
    judge = versions["chooses-longer"]
    judged(first, second, judge)
    asked = PairsAsked(loaded_runs([first, second, third]), judge, QUESTION, Decimal(7))
    asking = asking_of_pairs(asked)
    assert (len(asking.new), len(asking.known), asking.calls, asking.cost) == (
        2,
        1,
        12,
        (Decimal(12), Decimal(12)),
    )
    billed = len(server.bill())
    judgings, created = start_pairs(actor=None, asked=asked)
    assert (len(judgings), created) == (3, 2)
    for run in judgings[:2]:
        work_off(run)
    shared = Round.objects.get(origin=Origin.JUDGE)
    assert (len(server.bill()) - billed, int(shared.settled), shared.runs.count()) == (7, 7, 2)
    assert start_pairs(actor=None, asked=asked)[1] == 0


def test_tries_of_a_case_are_each_asked_about_and_averaged_first():
    version = make_evaluation_version(make_dataset_version(1), [make_scorer_version()], repeats=2)
    runs = [make_finished_run([[1.0, 1.0]], version, make_model_version()) for _ in range(2)]
    asking = asking_of_pairs(PairsAsked(loaded_runs(runs), make_model_version(api_id="x"), QUESTION))
    assert (asking.calls, asking.tries, asking.cases) == (4, 2, 1)
    make_pair_judging(runs[0], runs[1], make_model_version(), [(1, 1, 1, -1)])
    reading = pair_readings(*loaded_runs(runs))[0]
    won = won_of(reading)
    assert (reading.n, won.result.point, won.result.repeats, won.consistency) == (1, 0.75, 2, 0.5)


def test_slices_say_where_the_judge_prefers_whom_and_people_check_it(client):
    cases = [
        {"key": f"c{n:02}", "input": f"{n}?", "slices": {"lang": "de" if n < 20 else "fr"}} for n in range(60)
    ]
    version = make_evaluation_version(make_dataset_version(cases))
    runs = [make_finished_run([1.0] * 60, version, make_model_version()) for _ in range(2)]
    make_pair_judging(runs[0], runs[1], make_model_version(), [(-1, -1)] * 20 + [(1, 1)] * 40)
    reader = make_user(Role.PM)
    sheet = create_sheet(actor=reader, name="Rows")
    answers = [list(run.responses.order_by("case_id")) for run in runs]
    for number, (one, other) in enumerate(zip(*answers, strict=True)):
        LabVote.objects.create(
            sheet=sheet, first=other, second=one, voter=reader, choice=1 if number < 25 else -1
        )
    first, second = loaded_runs(runs)
    reading = pair_readings(first, second)[0]
    assert [(line.name, line.result.point, line.supported) for line in reading.slices] == [
        ("lang=de", 0.0, True),
        ("lang=fr", 1.0, True),
    ]
    (agreed,) = reading.agreements
    assert (agreed.rate.n, agreed.is_enough) == (60, True)
    assert agreed.rate.point == pytest.approx(55 / 60)
    assert reading.standing == "checked on 60 cases, never a verdict"
    client.force_login(reader)
    page = client.get(f"/compare/?run={first.pk}&against={second.pk}").content.decode()
    assert "B chosen more often" in page
    assert "checked on 60 cases, never a verdict" in page
    LabVote.objects.filter(first__case__key__gt="c30").delete()
    few = pair_readings(first, second)[0]
    assert (few.agreements[0].is_enough, few.standing) == (False, UNCHECKED)


def test_scores_of_both_answers_by_people_count_as_a_choice():
    version = make_evaluation_version(make_dataset_version(3))
    runs = [make_finished_run([1.0] * 3, version, make_model_version()) for _ in range(2)]
    make_pair_judging(runs[0], runs[1], make_model_version(), [(1, 1), (1, -1), (-1, -1)])
    for run, values in zip(runs, ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]), strict=True):
        for answer, value in zip(run.responses.order_by("case_id"), values, strict=True):
            HumanScore.objects.create(
                response=answer,
                scorer_version=version.scorers.get(),
                rater="x",
                value=value,
                entered_by=make_user(),
            )
    (agreed,) = pair_readings(*loaded_runs(runs))[0].agreements
    assert agreed.source == f"people’s scores by {version.scorers.get()}"
    assert (agreed.rate.n, agreed.rate.point) == (3, 0.5)
