from evaluations.admin import (
    datasets,
    evaluations,
    models,
    prompts,
    providers,
    results,
    rounds,
    runs,
    schedules,
    scorers,
)

__all__ = [
    "datasets",
    "evaluations",
    "models",
    "prompts",
    "providers",
    "results",
    "rounds",
    "runs",
    "schedules",
    "scorers",
]
