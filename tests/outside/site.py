"""A site with the package on its path, in a process of its own: what its pages list, and one run by the package's scorer and provider."""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> dict[str, Any]:
    import django

    django.setup()
    from django.test import Client

    from evaluations.models import Score
    from evaluations.services.providers import check_connection, save_provider
    from evaluations.services.runs import start_run
    from evaluations.services.scorers import create_scorer_version
    from tests.engine import work_off
    from tests.factories.evaluations import (
        make_dataset_version,
        make_evaluation_version,
        make_model,
        make_model_version,
    )
    from tests.factories.people import make_user

    client = Client(headers={"host": "localhost"})
    client.force_login(make_user("admin"))
    pages = {name: client.get(f"/{name}/").content.decode() for name in ("providers/new", "scorers")}
    provider = save_provider(actor=None, slug="birds", name="Birds", adapter="parrot")
    check = check_connection(actor=None, provider=provider)
    rows = [
        {"key": "polite", "input": "thank you"},
        {"key": "plain", "input": "hello"},
        {"key": "silent", "input": "silence"},
    ]
    config = {"words": ["please", "thank"]}
    scorer = create_scorer_version(actor=None, slug="polite", kind="politeness", config=config)
    liar = create_scorer_version(
        actor=None, slug="liar", kind="politeness", config=config, value_kind="binary"
    )
    evaluation = make_evaluation_version(make_dataset_version(rows), [scorer, liar])
    version = make_model_version(make_model("llm", provider=provider), api_id="grey")
    run = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=version))
    scores = Score.objects.filter(response__run=run)
    detail = client.get(f"/runs/{run.pk}/").content.decode()
    return {
        "listed": ["parrot" in pages["providers/new"], "Politeness" in pages["scorers"]],
        "connection": check.sentence,
        "state": run.state,
        "scores": dict(scores.filter(scorer_version=scorer).values_list("response__case__key", "numerator")),
        "of_the_liar": dict(
            scores.filter(scorer_version=liar).values_list("response__case__key", "numerator")
        ),
        "missing": "The parrot heard nothing." in detail,
    }


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main())}\n")
