from __future__ import annotations

from pathlib import Path

import pytest

from evaluations.providers import ProviderError
from evaluations.providers.secrets import is_secret_name, read_secret

URL = "https://api.acme.example/v1"


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "FILE_API_KEY").write_text("from-file\n")
    environment = {"ACME_API_KEY": "from-environment", "PLUMBLINE_SECRETS": str(tmp_path)}
    assert read_secret("ACME_API_KEY", URL, environment) == "from-environment"
    assert read_secret("FILE_API_KEY", URL, environment) == "from-file"
    assert read_secret("", URL, environment) == ""


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL",
        "PLUMBLINE_SECRET_KEY",
        "PLUMBLINE_ADMIN_PASSWORD",
        "PATH",
        "../X_API_KEY",
        "acme_api_key",
    ],
)
def test_nothing_else_of_the_environment_can_be_named(name: str) -> None:
    assert not is_secret_name(name)
    with pytest.raises(ProviderError, match="named like ACME_API_KEY") as caught:
        read_secret(name, URL, {name: "word"})
    assert "word" not in str(caught.value)


def test_a_missing_key_stops_the_run_and_says_what_to_do() -> None:
    with pytest.raises(ProviderError, match="ACME_API_KEY is not set") as caught:
        read_secret("ACME_API_KEY", URL, {})
    assert caught.value.stops_run


def test_a_key_bound_to_a_host_goes_to_no_other() -> None:
    environment = {"ACME_API_KEY": "word", "ACME_API_KEY_HOST": "API.acme.example"}
    assert read_secret("ACME_API_KEY", URL, environment) == "word"
    for url in (
        "https://evil.example/v1",
        "https://api.acme.example.evil.example",
        "https://evil.example/api.acme.example",
    ):
        with pytest.raises(ProviderError, match="is for API.acme.example only"):
            read_secret("ACME_API_KEY", url, environment)
