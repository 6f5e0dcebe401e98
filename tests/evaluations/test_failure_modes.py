"""What goes wrong, named: the vocabulary, labels on samples, and counts by slice that can be counted by hand."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from config.errors import Refused
from config.people.models import AuditEntry, Role
from evaluations.models import FailureMode, Run, SampleLabel
from evaluations.queries.failure_modes import run_failures
from evaluations.services.failure_modes import (
    change_failure_mode,
    create_failure_mode,
    label_cases,
    retire_failure_mode,
)
from evaluations.statistics import clopper_pearson
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_failure_mode,
    make_finished_run,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def a_run(cases: int = 8, evaluation: Any = None, purpose: str = "dev", **fields: Any) -> Run:
    rows = [{"key": f"c{place}", "slices": {"lang": "de" if place % 2 else "en"}} for place in range(cases)]
    evaluation = evaluation or make_evaluation_version(make_dataset_version(rows, purpose=purpose))
    return make_finished_run([0.0] * cases, evaluation, **fields)


def ids(run: Run, *keys: str) -> list[int]:
    entries = run.evaluation_version.dataset_version.entries
    return list(entries.filter(key__in=keys).values_list("case", flat=True))


def label(run: Run, mode: FailureMode, *keys: str, **fields: Any) -> int:
    actor = fields.pop("actor", None) or make_user(Role.RESEARCHER)
    return label_cases(actor=actor, run=run, mode=mode, case_ids=ids(run, *keys), **fields)


def test_a_mode_is_made_renamed_and_retired_and_each_step_is_on_record() -> None:
    actor = make_user(Role.PM)
    mode = create_failure_mode(actor=actor, slug="invented-date", name="invented a date")
    mode = change_failure_mode(actor=actor, mode=mode, name="made up a date")
    assert retire_failure_mode(actor=actor, mode=mode).retired_at
    assert retire_failure_mode(actor=actor, mode=mode, retired=False).retired_at is None
    verbs = AuditEntry.objects.filter(noun="failure_mode").order_by("pk").values_list("verb", flat=True)
    assert [verb.split(".")[1] for verb in verbs] == ["created", "changed", "retired", "restored"]
    with pytest.raises(ValidationError):
        create_failure_mode(actor=actor, slug="another", name="made up a date")


def test_a_case_may_have_several_labels_each_once_and_with_who_said_it() -> None:
    run, date, tone = a_run(), make_failure_mode(), make_failure_mode()
    first, second = make_user(Role.RESEARCHER), make_user(Role.PM)
    assert label(run, date, "c1", "c2", actor=first) == 2
    assert label(run, date, "c2", "c3", actor=second) == 1
    assert label(run, tone, "c2", actor=second) == 1
    said = SampleLabel.objects.filter(case__key="c2").order_by("pk").values_list("created_by", flat=True)
    assert list(said) == [first.pk, second.pk]
    assert label(run, date, "c1", "c5", remove=True) == 1
    entry = AuditEntry.objects.filter(verb="run.unlabelled").get()
    assert entry.after == {"failure_mode": date.slug, "cases": 1}


def test_a_retired_mode_takes_no_new_label_and_keeps_those_it_has() -> None:
    run, mode = a_run(), make_failure_mode()
    label(run, mode, "c1")
    mode = retire_failure_mode(actor=None, mode=mode)
    with pytest.raises(Refused, match="is retired"):
        label(run, mode, "c2")
    assert label(run, mode, "c1", remove=True) == 1


def test_cases_of_another_run_are_refused() -> None:
    run, other = a_run(), a_run()
    with pytest.raises(Refused, match="no such case"):
        label_cases(actor=make_user(), run=run, mode=make_failure_mode(), case_ids=ids(other, "c1"))


def test_who_may_not_read_test_cases_labels_none() -> None:
    run, mode = a_run(purpose="test"), make_failure_mode()
    with pytest.raises(PermissionDenied):
        label(run, mode, "c1")
    assert label(run, mode, "c1", actor=make_user(Role.RESEARCHER, may_read_test=True)) == 1


BY_SQL = """
SELECT count(DISTINCT label.case_id) FROM evaluations_samplelabel AS label
JOIN evaluations_case AS one ON one.id = label.case_id
WHERE label.run_id = %s AND label.mode_id = %s AND (%s = '' OR one.slices ->> 'lang' = %s)
"""


@pytest.mark.parametrize("part", ["", "en", "de"])
def test_counts_by_slice_are_those_of_sql_and_ranges_those_of_clopper_and_pearson(part: str) -> None:
    run, mode = a_run(9), make_failure_mode()
    label(run, mode, "c0", "c2", "c3", "c8")
    (line,) = run_failures(run).lines
    share = line.slices[f"lang={part}"] if part else line.whole
    with connection.cursor() as cursor:
        cursor.execute(BY_SQL, [run.pk, mode.pk, part, part])
        (counted,) = cursor.fetchone()
    n = {"": 9, "en": 5, "de": 4}[part]
    known = clopper_pearson(counted, n, 0.95)
    assert (share.cases, share.n, share.point) == (counted, n, counted / n)
    assert share.low == pytest.approx(known.low) and share.high == pytest.approx(known.high)


def test_cases_without_an_answer_are_not_counted() -> None:
    run = make_finished_run([0.0, None, 0.0], make_evaluation_version(make_dataset_version(["a", "b", "c"])))
    mode = make_failure_mode()
    SampleLabel.objects.create(run=run, case_id=ids(run, "a")[0], mode=mode)
    found = run_failures(run)
    assert (found.n, found.labelled, found.lines[0].whole.cases) == (2, 1, 1)


def test_beside_another_run_a_mode_is_fewer_only_where_the_range_says_so() -> None:
    before = a_run(60)
    after = a_run(60, before.evaluation_version)
    gone, same = make_failure_mode(name="gone"), make_failure_mode(name="same")
    label(before, gone, *[f"c{place}" for place in range(30)])
    label(before, same, "c1", "c2")
    label(after, same, "c1")
    lines = {line.mode: line.change for line in run_failures(after, before).lines}
    fewer, level = lines[gone], lines[same]
    assert fewer is not None and fewer.supported and fewer.others == 30 and fewer.point == -0.5
    assert level is not None and not level.supported


def test_a_difference_of_failures_is_shown_within_what_is_possible() -> None:
    cases = [{"key": f"c{place}", "cluster": "ab"[place > 0]} for place in range(3)]
    before = make_finished_run([0.0] * 3, make_evaluation_version(make_dataset_version(cases, purpose="dev")))
    after = make_finished_run([0.0] * 3, before.evaluation_version)
    mode = make_failure_mode()
    label(before, mode, "c1", "c2")
    [line] = run_failures(after, before).lines
    assert line.change is not None
    assert (line.change.low, line.change.high, line.change.supported) == (-1.0, 1.0, False)


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: Any) -> None:
    for cases, modes in ((4, 1), (40, 6)):
        run = a_run(cases)
        for _ in range(modes):
            label(run, make_failure_mode(), "c1", "c2")
        with django_assert_num_queries(4):
            run_failures(run)


def test_from_the_sample_a_number_key_labels_and_takes_away() -> None:
    run, mode = a_run(), make_failure_mode(name="invented a date")
    client = signed_in(role=Role.RESEARCHER)
    page = client.get(f"/runs/{run.pk}/samples/?case=c1").content.decode()
    assert 'data-key="1"' in page and 'aria-pressed="false"' in page and "invented a date" in page
    sent = {"mode": mode.slug, "case": "c1", "query": "case=c1"}
    reply = client.post(f"/runs/{run.pk}/label/", sent)
    assert reply.headers["Location"] == f"/runs/{run.pk}/samples/?case=c1"
    page = client.get(f"/runs/{run.pk}/samples/?case=c1").content.decode()
    assert 'aria-pressed="true"' in page and 'name="remove" value="yes"' in page
    client.post(f"/runs/{run.pk}/label/", sent | {"remove": "yes"})
    assert not SampleLabel.objects.exists()


def test_a_filtered_list_is_labelled_at_once_and_narrowed_to_its_labels() -> None:
    run, mode = a_run(), make_failure_mode(name="tone")
    client = signed_in(role=Role.RESEARCHER)
    client.post(f"/runs/{run.pk}/label/", {"mode": mode.slug, "query": "show=failed&slice=lang=de"})
    labelled = set(SampleLabel.objects.values_list("case__key", flat=True))
    assert labelled == {"c1", "c3", "c5", "c7"}
    with_it = client.get(f"/runs/{run.pk}/samples/?mode={mode.slug}").content.decode()
    without = client.get(f"/runs/{run.pk}/samples/?mode=none").content.decode()
    assert ">c1</a>" in with_it and ">c0</a>" not in with_it
    assert ">c0</a>" in without and ">c1</a>" not in without


def test_the_page_of_a_run_s_failures_leads_to_its_samples_and_is_a_file_too() -> None:
    run, mode = a_run(), make_failure_mode(name="tone")
    label(run, mode, "c1", "c2")
    client = signed_in(role=Role.VIEWER)
    page = client.get(f"/runs/{run.pk}/failure-modes/?vs={run.pk}").content.decode()
    assert f"/runs/{run.pk}/samples/?mode={mode.slug}&amp;slice=lang%3Dde" in page
    rows = json.loads(client.get(f"/runs/{run.pk}/failure-modes/?format=json").content)["failure_modes"]
    assert [(row["slice"], row["cases"], row["n"]) for row in rows] == [
        ("", 2, 8),
        ("lang=de", 1, 4),
        ("lang=en", 1, 4),
    ]
    assert client.get(f"/runs/{run.pk}/failure-modes/?format=csv").content.count(b"\n") == 4
    assert "Nothing is labelled yet" in client.get(f"/runs/{a_run().pk}/failure-modes/").content.decode()


def test_the_vocabulary_is_kept_on_its_page() -> None:
    client = signed_in(role=Role.PM)
    assert "No failure mode yet" in client.get("/failure-modes/").content.decode()
    client.post("/failure-modes/new/", {"name": "tone", "slug": "tone", "description": "Too casual."})
    client.post("/failure-modes/tone/edit/", {"name": "wrong tone", "description": "Too casual."})
    client.post("/failure-modes/tone/retire/")
    page = client.get("/failure-modes/").content.decode()
    assert "wrong tone" in page and "retired" in page and "Use again" in page
    client.post("/failure-modes/tone/retire/", {"retired": "no"})
    assert FailureMode.objects.get().retired_at is None


def test_over_the_api_words_labels_and_counts() -> None:
    run, caller = a_run(), Caller("read", "write")
    made = caller.post("/failure-modes/", {"slug": "tone", "name": "tone"})
    assert made.status_code == 201
    told = caller.post(f"/runs/{run.pk}/labels/", {"mode": "tone", "cases": ["c1", "c2"]})
    assert told.json() == {"changed": 2}
    counted = caller.get(f"/runs/{run.pk}/failure-modes/").json()
    assert (counted["labelled"], counted["n"], counted["failure_modes"][0]["cases"]) == (2, 8, 2)
    unknown = caller.post(f"/runs/{run.pk}/labels/", {"mode": "tone", "cases": ["nowhere"]})
    assert error_of(unknown)[0] == 422
    caller.patch("/failure-modes/tone/", {"retired": True})
    late = caller.post(f"/runs/{run.pk}/labels/", {"mode": "tone", "cases": ["c3"]})
    assert error_of(late) == (422, "retired")
    test = a_run(purpose="test")
    caller.patch("/failure-modes/tone/", {"retired": False})
    assert error_of(caller.post(f"/runs/{test.pk}/labels/", {"mode": "tone", "cases": ["c1"]}))[0] == 403
