import pytest
from django.core.exceptions import ValidationError

from config.errors import Conflict, Refused
from config.people.models import AuditEntry
from evaluations.canonical import sha256_of
from evaluations.importers import CaseRow
from evaluations.models import Case
from evaluations.services import datasets
from evaluations.services.stored_cases import case_hash
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def row(key: str, text: str = "How far is it?", **fields: object) -> CaseRow:
    return CaseRow(line=1, key=key, input=text, **{"target": "yes", **fields})  # type: ignore[arg-type]


def dataset_with(*keys: str):
    dataset = datasets.create_dataset(
        actor=make_user("researcher"), slug="questions", name="Questions", purpose="test"
    )
    version = dataset.versions.get()
    datasets.add_cases(actor=None, version=version, cases=[row(key, f"Question {key}") for key in keys])
    version.refresh_from_db()
    return dataset, version


def test_a_new_dataset_has_an_empty_draft():
    dataset, version = dataset_with()
    assert (version.number, version.state, version.case_count) == (1, "draft", 0)


def test_a_bad_slug_says_which_field_is_wrong():
    with pytest.raises(ValidationError) as refusal:
        datasets.create_dataset(actor=None, slug="two words", name="Questions")
    assert "slug" in refusal.value.message_dict


def test_publishing_freezes_the_cases_in_their_order():
    _, version = dataset_with("b", "a")
    published = datasets.publish_version(actor=None, version=version)
    assert published.state == "frozen"
    assert list(published.entries.values_list("key", flat=True)) == ["b", "a"]
    assert len(published.hash) == 64


def test_an_empty_draft_cannot_be_published():
    _, version = dataset_with()
    with pytest.raises(Refused, match="Add cases first"):
        datasets.publish_version(actor=None, version=version)


def test_a_published_version_takes_no_more_cases():
    _, version = dataset_with("a")
    datasets.publish_version(actor=None, version=version)
    with pytest.raises(Refused, match="Open a new draft"):
        datasets.add_cases(actor=None, version=version, cases=[row("b")])


def test_the_same_key_twice_is_a_conflict_and_adds_nothing():
    _, version = dataset_with("a")
    with pytest.raises(Conflict, match="a"):
        datasets.add_cases(actor=None, version=version, cases=[row("b"), row("a")])
    assert version.entries.count() == 1


def test_a_new_draft_shares_the_case_rows_of_the_version_before():
    dataset, version = dataset_with("a", "b")
    datasets.publish_version(actor=None, version=version)
    draft = datasets.open_draft(actor=None, dataset=dataset)
    datasets.add_cases(actor=None, version=draft, cases=[row("c")])
    assert draft.number == 2
    assert draft.entries.count() == 3
    assert Case.objects.filter(dataset=dataset).count() == 3


def test_opening_a_draft_twice_gives_the_same_draft():
    dataset, version = dataset_with("a")
    datasets.publish_version(actor=None, version=version)
    assert datasets.open_draft(actor=None, dataset=dataset) == datasets.open_draft(
        actor=None, dataset=dataset
    )


def test_a_replaced_case_leaves_the_old_version_as_it_was():
    dataset, version = dataset_with("a")
    datasets.publish_version(actor=None, version=version)
    draft = datasets.open_draft(actor=None, dataset=dataset)
    datasets.replace_case(actor=None, version=draft, row=row("a", "A better question"))
    assert version.entries.get().case.input == "Question a"
    assert draft.entries.get().case.input == "A better question"


def test_removing_an_unknown_case_says_so():
    _, version = dataset_with("a")
    with pytest.raises(Refused, match="no case z"):
        datasets.remove_case(actor=None, version=version, key="z")


def test_retiring_needs_a_reason_and_a_published_version():
    _, version = dataset_with("a")
    with pytest.raises(Refused, match="draft"):
        datasets.retire_version(actor=None, version=version, reason="Leaked")
    datasets.publish_version(actor=None, version=version)
    with pytest.raises(Refused, match="why"):
        datasets.retire_version(actor=None, version=version, reason=" ")
    assert datasets.retire_version(actor=None, version=version, reason="Leaked").state == "retired"


def test_the_same_content_has_the_same_hash_whatever_its_key():
    assert case_hash(row("a")) == case_hash(row("b"))
    assert case_hash(row("a")) != case_hash(row("a", slices={"lang": "de"}))


def test_the_hash_is_that_of_the_canonical_json_of_all_parts():
    made = row(
        "a",
        target={"b": 1.0},
        cluster="source 1",
        slices={"lang": "de"},
        metadata={"ü": [None]},
        attachments=("ab" * 32,),
    )
    parts = ("input", "target", "cluster", "slices", "metadata")
    whole = {name: getattr(made, name) for name in parts} | {"attachments": list(made.attachments)}
    assert case_hash(made) == sha256_of(whole)


def test_who_published_is_in_the_audit():
    _, version = dataset_with("a")
    person = make_user("pm")
    datasets.publish_version(actor=person, version=version)
    entry = AuditEntry.objects.get(verb="dataset.published")
    assert (entry.actor, entry.after["cases"]) == (person, 1)
