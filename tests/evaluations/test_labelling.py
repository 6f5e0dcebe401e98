"""The labelling queue: blind, two people an answer, every word on record."""

import pytest
from django.test import Client

from config.errors import Refused
from config.people.models import Role
from evaluations.models import Exposure, HumanScore
from evaluations.queries.human_scores import labelled_by_scorer
from evaluations.queries.labelling import next_answer
from evaluations.services.labelling import label_answer
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge():
    version = make_model_version(name="secret-judge")
    config = {"judge": version.label, "rubric": "Polite.", "kind": "binary"}
    return make_scorer_version(
        "rubric_judge", slug="polite", judge=version, config=config, value_kind="binary"
    )


@pytest.fixture
def run(judge):
    evaluation = make_evaluation_version(make_dataset_version(4), [judge])
    return make_finished_run([1, 1, 0, 1], evaluation, make_model_version(name="secret-model"))


def rater(**fields):
    return make_user(Role.RESEARCHER, may_read_test=True, **fields)


def offered_to(person, judge, run):
    found = next_answer(judge, [run], person.pk)
    assert found is not None
    return found.response


def queue(run, judge) -> str:
    return f"/labelling/?scorer={judge.pk}&run={run.pk}"


def test_an_answer_is_offered_blind_and_reading_it_leaves_a_note(client: Client, run, judge):
    client.force_login(rater())
    page = client.get(queue(run, judge)).content.decode()
    assert 'data-key="p"' in page and 'data-key="f"' in page and 'data-key="s"' in page
    assert "secret-model" not in page and "secret-judge" not in page
    assert Exposure.objects.get().samples == 1


def test_a_label_by_its_key_leads_to_the_next_answer_and_undo_takes_it_back(client: Client, run, judge):
    person = rater()
    client.force_login(person)
    first = offered_to(person, judge, run)
    body = {
        "response": first.pk,
        "scorer": judge.pk,
        "said": "pass",
        "query": f"scorer={judge.pk}&run={run.pk}",
    }
    page = client.post("/labelling/label/", body, follow=True).content.decode()
    assert 'data-key="u"' in page and "1</b> by you" in page
    assert offered_to(person, judge, run).pk != first.pk
    client.post("/labelling/label/", body | {"undo": "yes"})
    assert offered_to(person, judge, run).pk == first.pk
    assert list(HumanScore.objects.values_list("number", "said", "value")) == [
        (1, "pass", 1.0),
        (2, "", None),
    ]


def test_each_answer_is_labelled_by_two_people_and_then_offered_to_nobody(run, judge):
    one, two, three = rater(), rater(), rater()
    first = offered_to(one, judge, run)
    label_answer(actor=one, response=first, scorer=judge, said="pass")
    assert offered_to(two, judge, run).pk == first.pk
    label_answer(actor=two, response=first, scorer=judge, said="fail")
    assert offered_to(three, judge, run).pk != first.pk
    found = labelled_by_scorer([judge.pk])[judge.pk][first.pk]
    assert found.differs and found.truth == 0.5
    label_answer(actor=three, response=first, scorer=judge, said="fail", settles=True)
    assert labelled_by_scorer([judge.pk])[judge.pk][first.pk].truth == 0.0


def test_a_disagreement_is_listed_and_settled_on_the_page(client: Client, run, judge):
    answer = run.responses.first()
    for said in ("pass", "fail"):
        label_answer(actor=rater(), response=answer, scorer=judge, said=said)
    client.force_login(rater())
    assert f"settle={answer.pk}" in client.get(queue(run, judge)).content.decode()
    page = client.get(f"{queue(run, judge)}&settle={answer.pk}").content.decode()
    assert "Two people differ: pass and fail" in page
    body = {"response": answer.pk, "scorer": judge.pk, "said": "fail", "settles": "yes"}
    client.post("/labelling/label/", body)
    assert "Two people differ" not in client.get(f"{queue(run, judge)}&settle={answer.pk}").content.decode()


def test_what_the_rubric_does_not_know_is_refused(run, judge):
    with pytest.raises(Refused, match="pass, fail"):
        label_answer(actor=rater(), response=run.responses.first(), scorer=judge, said="7")
    with pytest.raises(Refused, match="nothing to settle"):
        label_answer(actor=rater(), response=run.responses.first(), scorer=judge, said="pass", settles=True)


def test_viewers_and_people_without_the_test_grant_do_not_label(client: Client, run, judge):
    client.force_login(make_user(Role.VIEWER, may_read_test=True))
    assert 'data-key="p"' not in client.get(queue(run, judge)).content.decode()
    body = {"response": run.responses.first().pk, "scorer": judge.pk, "said": "pass"}
    assert client.post("/labelling/label/", body).status_code == 403
    client.force_login(make_user(Role.RESEARCHER))
    assert 'data-key="p"' not in client.get(queue(run, judge)).content.decode()
    assert client.post("/labelling/label/", body).status_code == 403
    assert not HumanScore.objects.exists()


def test_an_empty_queue_says_how_to_fill_it(client: Client):
    client.force_login(rater())
    assert "Nothing to label yet" in client.get("/labelling/").content.decode()


def test_the_same_over_the_api(client: Client, run, judge):
    _, text = make_token(rater(), ("read", "read_test", "write"))
    headers = {"Authorization": f"Bearer {text}"}
    address = f"/api/v1/labelling/?scorer={judge}&run={run.pk}"
    told = client.get(address, headers=headers).json()
    assert told["choices"] == ["pass", "fail"] and told["next"]["output"] == "an answer"
    body = {"scorer": str(judge), "run": run.pk, "case": told["next"]["case"], "said": "pass"}
    made = client.post("/api/v1/labelling/", body, content_type="application/json", headers=headers)
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert client.get(address, headers=headers).json()["labelled_by_you"] == 1


def test_both_sides_of_a_comparison_are_offered_case_by_case_and_a_slice_alone(client: Client, judge):
    cases = [
        {"key": f"c{row}", "input": "?", "slices": {"lang": "de" if row < 2 else "en"}} for row in range(6)
    ]
    evaluation = make_evaluation_version(make_dataset_version(cases), [judge])
    runs = [make_finished_run([1] * 6, evaluation, make_model_version()) for _ in range(2)]
    person, seen = rater(), []
    for _ in range(4):
        found = next_answer(judge, runs, person.pk, part=("lang", "de"))
        assert found is not None
        seen.append((found.response.case.key, found.response.run_id))
        label_answer(actor=person, response=found.response, scorer=judge, said="pass")
    assert next_answer(judge, runs, person.pk, part=("lang", "de")) is None
    assert seen[0][0] == seen[1][0] and seen[2][0] == seen[3][0]
    assert {run for _, run in seen[:2]} == {run.pk for run in runs}
    client.force_login(rater())
    address = f"{queue(runs[0], judge)}&run={runs[1].pk}&slice="
    assert "4 answers to cases of" in client.get(f"{address}lang%3Dde").content.decode()
    assert "A slice needs its name and its value" in client.get(f"{address}lang").content.decode()
