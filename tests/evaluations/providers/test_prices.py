from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evaluations.providers.prices import Prices, cost_of, highest_cost, highest_input_tokens, likely_tokens
from tests.evaluations.providers.calling import make_request

PRICES = Prices(input=Decimal(3), output=Decimal(15), cached=Decimal("0.3"), per_call=Decimal("0.01"))


def test_cost_counts_cached_tokens_at_their_own_price() -> None:
    usage = {"input": 1_000_000, "output": 100_000, "cached": 400_000}
    assert cost_of(usage, PRICES) == Decimal("1.8") + Decimal("0.12") + Decimal("1.5") + Decimal("0.01")


def test_without_a_cached_price_cached_tokens_cost_as_much_as_input() -> None:
    assert cost_of({"input": 1_000_000, "cached": 900_000}, Prices(input=Decimal(2))) == Decimal(2)


def test_endpoints_can_be_billed_by_the_second() -> None:
    assert cost_of({}, Prices(per_second=Decimal("0.5")), latency_ms=1500) == Decimal("0.75")


@given(st.text(max_size=300), st.integers(0, 1000))
def test_no_call_costs_more_than_its_highest_cost(text: str, max_tokens: int) -> None:
    request = make_request(text)
    # The worst tokenizer there is makes one token of each byte.
    worst = {"input": len(text.encode("utf-8", "surrogatepass")), "output": max_tokens}
    assert cost_of(worst, PRICES) <= highest_cost(request, max_tokens, PRICES)


def test_a_cached_price_above_the_input_price_is_still_bounded() -> None:
    dear = Prices(input=Decimal(1), cached=Decimal(5))
    usage = {"input": 20, "cached": 20}
    assert cost_of(usage, dear) <= highest_cost(make_request("x" * 20), 0, dear)


def test_pictures_and_sound_are_not_counted_by_their_bytes() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4_000_000}}
    sound = {"type": "input_audio", "input_audio": {"data": "A" * 160_000, "format": "wav"}}
    assert (
        50_000
        < highest_input_tokens(make_request(messages=({"role": "user", "content": [picture]},)))
        < 50_100
    )
    assert (
        11_000
        <= highest_input_tokens(make_request(messages=({"role": "user", "content": [sound]},)))
        < 11_100
    )


def test_pacing_uses_a_likely_count_not_the_upper_bound() -> None:
    assert (
        likely_tokens(highest_input_tokens(make_request("x" * 4000)), 100)
        < highest_input_tokens(make_request("x" * 4000)) / 3
    )
