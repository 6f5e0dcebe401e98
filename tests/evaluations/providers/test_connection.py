from __future__ import annotations

from dataclasses import replace

import pytest

from evaluations.providers import ProviderSettings
from evaluations.providers.connection import ConnectionCheck, Listing, list_models, try_connection
from evaluations.providers.outbound import Policy
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import policy_for, settings_for
from tests.evaluations.providers.servers import canary


def test_a_provider_that_answers_is_said_so_and_bills_nothing(billing: BillingServer) -> None:
    check = try_connection(settings_for(billing), policy_for(billing), "echo")
    assert check == ConnectionCheck(
        True, f"127.0.0.1:{billing.port} answers and lists 7 models, echo among them."
    )
    assert billing.bill() == []


def test_a_model_it_does_not_list_is_said_so(billing: BillingServer) -> None:
    check = try_connection(settings_for(billing), policy_for(billing), "other")
    assert check == ConnectionCheck(
        False, f"127.0.0.1:{billing.port} answers, but does not list the model other."
    )


def test_an_address_that_is_not_allowed_is_said_so_and_not_called(billing: BillingServer) -> None:
    check = try_connection(settings_for(billing), Policy())
    assert not check.works
    assert check.sentence.endswith(f"adding 127.0.0.1:{billing.port} to PLUMBLINE_PRIVATE_ENDPOINTS.")


def test_a_server_that_is_something_else_is_said_so() -> None:
    with canary() as server:
        settings = ProviderSettings("odd", "openai_like", f"http://127.0.0.1:{server.port}/v1")
        check = try_connection(settings, Policy(allowed=frozenset({("127.0.0.1", server.port)})))
    assert check.sentence == f"127.0.0.1:{server.port} answers, but not with a list of models."


def test_without_a_list_of_models_one_token_is_asked_for(billing: BillingServer) -> None:
    settings = replace(settings_for(billing), base_url=billing.base_url + "/old")
    unnamed = try_connection(settings, policy_for(billing))
    assert unnamed == ConnectionCheck(
        True, f"127.0.0.1:{billing.port} answers, but has no list of models; name a model to test it."
    )
    named = try_connection(settings, policy_for(billing), "echo")
    assert named == ConnectionCheck(
        False, "The provider does not know this model or address (404): No such page."
    )


def test_a_missing_key_is_said_so(billing: BillingServer) -> None:
    settings = settings_for(billing, secret_name="PLUMBLINE_KEY_NOBODY_SET")
    assert "PLUMBLINE_KEY_NOBODY_SET is not set" in try_connection(settings, policy_for(billing)).sentence


@pytest.mark.parametrize(
    ("adapter", "api_id", "works", "words"),
    [
        ("rules", "", True, "run on this machine"),
        ("stored", "", True, "nothing is called"),
        ("process", "", True, "vader_sentiment"),
        ("process", "py3langid", True, "The callable py3langid is ready."),
        ("process", "nobody", False, "There is no callable nobody here."),
    ],
)
def test_local_kinds_say_what_they_are(adapter: str, api_id: str, works: bool, words: str) -> None:
    check = try_connection(ProviderSettings(adapter, adapter), Policy(), api_id)
    assert check.works is works
    assert words in check.sentence


@pytest.mark.parametrize("adapter", ["openai_like", "anthropic", "google"])
def test_every_kind_that_calls_out_lists_its_models(billing: BillingServer, adapter: str) -> None:
    found = list_models(settings_for(billing, adapter), policy_for(billing))
    assert "echo" in found.names and len(found.names) == 7 and found.sentence == ""
    assert billing.bill() == []


def test_a_list_that_does_not_come_says_why(billing: BillingServer) -> None:
    assert "PLUMBLINE_PRIVATE_ENDPOINTS" in list_models(settings_for(billing), Policy()).sentence
    here = ProviderSettings("here", "rules", "")
    assert list_models(here, Policy()) == Listing([], "Providers of this kind have no list of models.")
