from evaluations.admin import (
    budgets,
    datasets,
    evaluations,
    failure_modes,
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
    "budgets",
    "datasets",
    "evaluations",
    "failure_modes",
    "models",
    "prompts",
    "providers",
    "results",
    "rounds",
    "runs",
    "schedules",
    "scorers",
]
