import pytest

from capabilities.demo import load_demo
from capabilities.models import Product
from capabilities.queries.products import judged_versions
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.queries.states import RequirementState
from capabilities.services.judging import judge_unjudged_runs
from evaluations.models import Run
from tests.engine import work_off
from tests.factories.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def states() -> list[RequirementState]:
    """The demo after its runs really ran, on this machine, with no key."""
    load_demo(make_user("admin"))
    for run in Run.objects.all():
        work_off(run)
    while judge_unjudged_runs():
        pass
    product = Product.objects.get()
    return requirement_list(product, judged_versions(product), filter_from({}))


def test_the_demo_shows_a_requirement_in_every_state(states: list[RequirementState]):
    assert set(Run.objects.values_list("state", flat=True)) == {"done"}
    assert {"met", "not_met", "inconclusive", "no_data"} <= {state.outcome for state in states}
    assert any(state.outcome == "met" and state.trend == "regressed" for state in states)
    assert any(state.freshness == "needs_recheck" for state in states)
    assert any(state.waived for state in states)
    assert {"never_run", "not_measurable", "no_criterion", "measured"} <= {state.coverage for state in states}
    assert {"draft", "in_review", "approved", "deferred"} == {state.requirement.lifecycle for state in states}
    assert len({state.requirement.kind for state in states}) >= 4
    assert any(state.gap and state.gap.against != "target" for state in states)


def test_loading_the_demo_again_changes_nothing():
    actor = make_user("admin")
    assert load_demo(actor)
    assert load_demo(actor) == []
    assert Product.objects.count() == 1


def test_a_site_with_a_product_of_its_own_gets_no_demo():
    Product.objects.create(key="OWN", name="Ours")
    assert load_demo(make_user("admin")) == []
    assert Product.objects.count() == 1
