"""Sign-offs, baselines and waivers reach those who watch and those who approve; opening the page reads them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Baseline, Happening
from capabilities.models.told import TELLING
from capabilities.queries.audiences import watching_baseline
from capabilities.queries.bulk_rows import Change
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.bulk import change_many
from capabilities.services.deeds import TOLD
from capabilities.services.gate import record_gate
from capabilities.services.sign_offs import sign_off, withdraw_sign_off
from capabilities.services.telling import tell_due, tell_of_dates
from capabilities.services.waivers import waive
from config.people.models import Notice, NoticeSettings, Role, User
from config.people.services.watches import set_watch
from evaluations.models import ModelVersion
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_baseline, make_capability, make_product, make_requirement
from tests.factories.evaluations import make_model_version, make_round
from tests.factories.people import make_notice, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet() -> None:
    Happening.objects.all().delete()


def told(person: User) -> list[tuple[str, str]]:
    tell_due()
    return [(one.kind, one.text) for one in Notice.objects.filter(person=person).order_by("pk")]


def signed(baseline: Baseline, version: ModelVersion, decision: str, note: str = "") -> User:
    actor = make_user(Role.PM, approver=True)
    digest = record_gate(actor=actor, baseline=baseline, model_version=version).digest
    sign_off(
        actor=actor, baseline=baseline, model_version=version, decision=decision, digest=digest, note=note
    )
    return actor


def test_every_verb_that_has_words_is_written_down_by_the_database() -> None:
    assert set(TOLD) == set(TELLING)


def test_sign_offs_reach_watchers_of_the_product_and_of_what_it_holds_and_approvers_but_not_the_signer() -> (
    None
):
    product = make_product()
    requirement = make_requirement(product, approved=True)
    baseline, version = make_baseline(product, [requirement]), make_model_version(slug="aria", name="2")
    of_product, of_requirement, approver, viewer = (
        make_user(Role.VIEWER),
        make_user(Role.VIEWER),
        make_user(Role.PM, approver=True),
        make_user(Role.VIEWER),
    )
    set_watch(person=of_product, noun="product", object_id=product.pk, product=product.key)
    set_watch(person=of_requirement, noun="requirement", object_id=requirement.pk, product=product.key)
    signer = signed(baseline, version, "no_go")
    signed(baseline, version, "go", note="The pilot needs it.")
    withdraw_sign_off(actor=signer, baseline=baseline, model_version=version, reason="Too early.")
    heard = [
        ("release", f"signed no go for {version.label}"),
        ("release", f"signed go for {version.label}"),
        ("release", f"withdrew the sign-off for {version.label}: Too early."),
    ]
    assert told(of_product) == heard
    assert told(of_requirement) == heard
    assert told(approver) == heard
    assert told(viewer) == []
    assert told(signer) == heard[1:2]


def test_new_and_closed_baselines_are_told_with_their_name() -> None:
    product = make_product()
    make_requirement(product, approved=True)
    watcher = make_user(Role.VIEWER)
    set_watch(person=watcher, noun="product", object_id=product.pk, product=product.key)
    baseline = create_baseline(actor=make_user(), product=product, name="Spring")
    close_baseline(actor=None, baseline=baseline)
    assert told(watcher) == [
        ("release", "made the baseline “Spring”"),
        ("release", "closed the baseline “Spring”"),
    ]


def test_nothing_of_a_restricted_product_is_told_to_who_may_not_see_it() -> None:
    product = make_product(restricted=True)
    requirement = make_requirement(product, approved=True)
    stranger = make_user(Role.VIEWER)
    set_watch(person=stranger, noun="requirement", object_id=requirement.pk, product=product.key)
    create_baseline(actor=None, product=product, name="Spring")
    assert told(stranger) == []


def test_approvers_hear_of_waivers_when_they_are_given_and_before_they_end() -> None:
    requirement = make_requirement(approved=True, criteria=[{}])
    approver = make_user(Role.PM, approver=True)
    ends = timezone.localdate() + timedelta(days=3)
    waive(actor=make_user(), requirement=requirement, criterion_key="AC-1", reason="Pilot", expires_on=ends)
    tell_of_dates()
    assert told(approver) == [
        ("waiver", f"the waiver of AC-1 ends on {ends:%-d %b %Y}"),
        ("waiver", f"accepted a miss until {ends}"),
    ]


def test_who_takes_part_hears_of_a_baseline_unless_they_stopped_that() -> None:
    product = make_product()
    part = make_capability(product)
    owner, stopper, unwilling, watcher = (make_user(Role.VIEWER) for _ in range(4))
    rows = [
        make_requirement(product, approved=True, owner=person, capability=part)
        for person in (owner, stopper, unwilling)
    ]
    set_watch(person=stopper, noun="requirement", object_id=rows[1].pk, product=product.key, stopped=True)
    NoticeSettings.objects.create(person=unwilling, auto_watch=False)
    set_watch(person=watcher, noun="capability", object_id=part.pk, product=product.key)
    assert watching_baseline(make_baseline(product, rows)) == {owner.pk, watcher.pk}


def test_who_hears_of_a_baseline_costs_the_same_for_more_requirements() -> None:
    costs = []
    for count in (2, 12):
        product = make_product()
        baseline = make_baseline(
            product, [make_requirement(product, approved=True, owner=make_user()) for _ in range(count)]
        )
        with CaptureQueriesContext(connection) as asked:
            assert len(watching_baseline(baseline)) >= count
        costs.append(len(asked))
    assert costs == [4, 4]


def test_a_change_of_many_leaves_nothing_to_be_told() -> None:
    product = make_product()
    make_requirement(product)
    Happening.objects.all().delete()
    change_many(
        actor=make_user(),
        product=product,
        rows=product.requirements.all(),
        change=Change({"priority": "could"}),
    )
    assert not Happening.objects.filter(source="deed").exists()


def test_opening_the_page_of_a_model_a_round_or_a_release_reads_what_was_told_of_it() -> None:
    person = make_user()
    version, made = make_model_version(), make_round()
    baseline = make_baseline(make_product())
    client = signed_in(person)
    addresses = [
        f"/models/{version.model.slug}/",
        f"/rounds/{made.pk}/",
        f"/baselines/{baseline.key}/",
        f"/baselines/{baseline.key}/release/",
    ]
    notices = [make_notice(person, url=address, label=address) for address in addresses]
    notices[3].url += f"?version={version.pk}"
    notices[3].save()
    other = make_notice(person, url="/models/another/")
    for address in addresses:
        assert client.get(address).status_code == 200
    assert list(person.notices.filter(read_at=None)) == [other]
