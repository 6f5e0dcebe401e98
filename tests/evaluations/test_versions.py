from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from config.errors import Conflict, Refused
from evaluations.models import ModelVersion
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.models import create_model, register_version, set_price, set_stage
from evaluations.services.prompts import create_prompt_version
from evaluations.services.providers import save_provider
from evaluations.services.scorers import create_scorer_version
from tests.factories.evaluations import (
    make_dataset_version,
    make_model,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db
HELLO: list[dict[str, Any]] = [{"role": "user", "content": "Say {{input}}"}]


def test_the_same_prompt_again_is_the_same_version():
    first = create_prompt_version(actor=None, slug="hello", messages=HELLO)
    assert create_prompt_version(actor=None, slug="hello", messages=HELLO) == first
    second = create_prompt_version(actor=None, slug="hello", messages=HELLO, output_schema={"type": "object"})
    assert (first.number, second.number) == (1, 2)


@pytest.mark.parametrize(
    "messages", [[], [{"role": "pirate", "content": "Arr"}], [{"role": "user", "content": 4}]]
)
def test_a_prompt_that_cannot_be_sent_is_refused(messages: list[dict[str, object]]):
    with pytest.raises(ValidationError) as refusal:
        create_prompt_version(actor=None, slug="hello", messages=messages)
    assert "messages" in refusal.value.message_dict


def test_a_scorer_takes_direction_and_unit_from_its_kind():
    speed = create_scorer_version(actor=None, slug="speed", kind="latency", config={})
    assert (speed.direction, speed.unit, speed.value_kind) == ("lower", "ms", "unbounded")


def test_a_distance_is_never_larger_than_its_cutoff():
    version = create_scorer_version(actor=None, slug="ade", kind="position_error", config={"cutoff": 5})
    assert (version.direction, version.value_kind, version.high) == ("lower", "unbounded", 5)


def test_a_scorer_with_a_bad_config_says_what_is_wrong():
    with pytest.raises(ValidationError) as refusal:
        create_scorer_version(actor=None, slug="near", kind="within", config={"k": -1})
    assert "config" in refusal.value.message_dict


def test_an_unknown_kind_of_scorer_names_those_there_are():
    with pytest.raises(ValidationError, match="exact"):
        create_scorer_version(actor=None, slug="magic", kind="magic", config={})


def test_an_evaluation_on_a_draft_dataset_is_refused():
    with pytest.raises(Refused, match="Publish"):
        create_evaluation_version(
            actor=None,
            slug="e",
            dataset_version=make_dataset_version(frozen=False),
            scorer_versions=[make_scorer_version()],
        )


def test_an_evaluation_without_a_check_is_refused():
    with pytest.raises(ValidationError, match="at least one"):
        create_evaluation_version(
            actor=None, slug="e", dataset_version=make_dataset_version(), scorer_versions=[]
        )


def test_another_number_of_repeats_is_another_version():
    fields: dict[str, Any] = {
        "dataset_version": make_dataset_version(),
        "scorer_versions": [make_scorer_version()],
    }
    first = create_evaluation_version(actor=None, slug="e", **fields)
    again = create_evaluation_version(actor=None, slug="e", **fields)
    second = create_evaluation_version(actor=None, slug="e", repeats=3, **fields)
    assert again == first and second.number == 2 and second.fingerprint != first.fingerprint


def test_registering_the_same_identity_again_gives_the_same_version():
    model = make_model()
    identity = {"api_id": "m-1", "parameters": {"rule_set": {"rows": [], "default": "none"}}}
    first, created = register_version(actor=None, model=model, name="7b", identity=identity)
    again, created_again = register_version(actor=None, model=model, name="7b", identity=identity)
    assert (created, created_again) == (True, False) and first == again


def test_another_identity_under_the_same_name_is_a_conflict():
    version = make_model_version()
    with pytest.raises(Conflict, match="register a new name"):
        register_version(actor=None, model=version.model, name=version.name, identity={"api_id": "another"})


def test_a_rule_set_that_cannot_run_is_refused():
    with pytest.raises(ValidationError) as refusal:
        register_version(
            actor=None, model=make_model(), name="1", identity={"parameters": {"rule_set": {"rows": "no"}}}
        )
    assert "parameters" in refusal.value.message_dict


def test_a_version_goes_from_candidate_to_released_to_retired_and_no_other_way():
    version = make_model_version()
    version = set_stage(actor=None, version=version, stage="released", released_on=date(2026, 11, 1))
    assert version.released_on == date(2026, 11, 1)
    version = set_stage(actor=None, version=version, stage="retired")
    with pytest.raises(Refused, match="nothing else"):
        set_stage(actor=None, version=version, stage="candidate")


def test_a_version_past_its_shutdown_is_no_longer_active():
    gone = make_model_version(shutdown_on=date(2020, 1, 1))
    assert gone not in ModelVersion.objects.active()


def test_a_price_on_the_same_day_is_corrected_and_on_another_day_added():
    version = make_model_version()
    for day, amount in ((date(2026, 1, 1), "1"), (date(2026, 1, 1), "2"), (date(2026, 2, 1), "3")):
        set_price(actor=None, version=version, unit="input", amount=Decimal(amount), from_date=day)
    assert sorted(version.prices.values_list("amount", flat=True)) == [2, 3]


def test_a_price_below_zero_is_refused():
    with pytest.raises(ValidationError):
        set_price(
            actor=None,
            version=make_model_version(),
            unit="input",
            amount=Decimal(-1),
            from_date=date(2026, 1, 1),
        )


def test_a_provider_that_calls_an_address_needs_one():
    with pytest.raises(ValidationError) as refusal:
        save_provider(actor=None, slug="acme", name="Acme", adapter="openai_like")
    assert "base_url" in refusal.value.message_dict


def test_a_provider_cannot_name_any_variable_of_the_environment():
    with pytest.raises(ValidationError) as refusal:
        save_provider(
            actor=None,
            slug="acme",
            name="Acme",
            adapter="openai_like",
            base_url="https://api.example.com/v1",
            secret_name="DATABASE_URL",
        )
    assert "secret_name" in refusal.value.message_dict


def test_a_model_of_an_unknown_kind_is_refused():
    with pytest.raises(ValidationError) as refusal:
        create_model(actor=None, slug="m", name="M", kind="oracle", side="own")
    assert "kind" in refusal.value.message_dict
