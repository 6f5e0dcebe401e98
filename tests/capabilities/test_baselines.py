from datetime import timedelta

import pytest
from django.utils import timezone

from capabilities.errors import IllegalMove
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.capabilities import create_capability, edit_capability, remove_capability
from capabilities.services.products import create_product, create_rival_set, set_versions
from capabilities.services.waivers import revoke_waiver, waive
from config.errors import Refused
from tests.factories.capabilities import make_baseline, make_capability, make_product, make_requirement
from tests.factories.evaluations import make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def test_a_baseline_holds_the_approved_revisions():
    product = make_product()
    requirement = make_requirement(product, approved=True)
    make_requirement(product)
    baseline = create_baseline(actor=None, product=product, name="Spring")
    assert [item.revision for item in baseline.items.all()] == [requirement.revisions.get()]
    assert (baseline.key, baseline.state) == ("R1", "open")


def test_a_draft_cannot_be_held_against_anybody():
    draft = make_requirement()
    with pytest.raises(Refused, match=draft.key):
        create_baseline(actor=None, product=draft.product, name="Spring", requirements=[draft])


def test_an_empty_baseline_is_refused():
    with pytest.raises(Refused, match="no approved requirement"):
        create_baseline(actor=None, product=make_product(), name="Spring")


def test_keys_are_unique_over_all_products():
    keys = [
        make_baseline().key,
        create_baseline(actor=None, product=make_requirement(approved=True).product, name="B").key,
    ]
    assert len(set(keys)) == 2


def test_a_closed_baseline_cannot_be_closed_again():
    baseline = close_baseline(actor=None, baseline=make_baseline())
    with pytest.raises(IllegalMove, match="closed already"):
        close_baseline(actor=None, baseline=baseline)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": " "}, "why"),
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, "past"),
        ({"criterion_key": "AC-9"}, "no criterion AC-9"),
    ],
)
def test_a_waiver_needs_a_reason_a_future_and_a_criterion(given: dict[str, object], sentence: str):
    requirement = make_requirement(approved=True, criteria=[{}])
    whole = {"criterion_key": "AC-1", "reason": "Later.", "expires_on": timezone.localdate()} | given
    with pytest.raises(Refused, match=sentence):
        waive(actor=make_user("pm"), requirement=requirement, **whole)  # type: ignore[arg-type]


def test_a_waiver_can_be_revoked():
    requirement = make_requirement(approved=True, criteria=[{}])
    actor = make_user("pm")
    waiver = waive(
        actor=actor,
        requirement=requirement,
        criterion_key="AC-1",
        reason="Later.",
        expires_on=timezone.localdate(),
    )
    assert revoke_waiver(actor=actor, waiver=waiver).revoked_at is not None


def test_a_key_in_small_letters_is_made_capital_and_its_maker_is_a_member():
    person = make_user("pm")
    product = create_product(actor=person, key="va", name="Aria")
    assert product.key == "VA" and product.memberships.get().user == person


def test_only_our_own_version_can_be_released():
    with pytest.raises(Exception, match="not ours"):
        set_versions(actor=None, product=make_product(), released=make_model_version(side="competitor"))


def test_a_rival_set_names_competitors_only():
    with pytest.raises(Exception, match="competitors only"):
        create_rival_set(actor=None, product=make_product(), models=[make_model(side="own")])


def test_an_ability_cannot_hang_under_itself():
    product = make_product()
    above = make_capability(product)
    below = create_capability(actor=None, product=product, name="Below", slug="below", parent=above)
    with pytest.raises(Refused, match="under itself"):
        edit_capability(actor=None, capability=above, parent=below)


def test_an_ability_with_requirements_is_not_removed():
    capability = make_capability()
    make_requirement(capability.product, capability=capability)
    with pytest.raises(Refused, match="Move them first"):
        remove_capability(actor=None, capability=capability)
