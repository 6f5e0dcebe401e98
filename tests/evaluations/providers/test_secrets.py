from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluations.providers import ProviderError, ProviderSettings
from evaluations.providers.secrets import is_secret_name, read_secret

URL = "https://api.acme.example/v1"
NAME = "PLUMBLINE_KEY_ACME"


def read(environment: Mapping[str, str], name: str = NAME, url: str = URL, folder: str = "") -> str:
    return read_secret(ProviderSettings("acme", "openai_like", url, name, secret_dir=folder), environment)


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("from-file\n")
    assert read({NAME: "from-environment"}, folder=str(tmp_path)) == "from-environment"
    assert read({}, folder=str(tmp_path)) == "from-file"
    assert read({}, name="") == ""


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL",
        "PLUMBLINE_SECRET_KEY",
        "PLUMBLINE_KEY_",
        "PATH",
        "PLUMBLINE_KEY_../X",
        "plumbline_key_acme",
    ],
)
def test_nothing_else_of_the_environment_can_be_named(name: str) -> None:
    assert not is_secret_name(name)
    with pytest.raises(ProviderError, match="named like PLUMBLINE_KEY_ACME") as caught:
        read({name: "word"}, name=name)
    assert "word" not in str(caught.value)


def test_a_missing_key_stops_the_run_and_says_what_to_do() -> None:
    with pytest.raises(ProviderError, match="PLUMBLINE_KEY_ACME is not set") as caught:
        read({})
    assert caught.value.stops_run


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1",
        "https://api.acme.example.evil.example",
        "https://evil.example/api.acme.example",
    ],
)
def test_a_key_bound_to_a_host_goes_to_no_other(url: str) -> None:
    environment = {NAME: "word", f"{NAME}_HOST": "API.acme.example"}
    assert read(environment) == "word"
    with pytest.raises(ProviderError, match="is for API.acme.example only"):
        read(environment, url=url)
