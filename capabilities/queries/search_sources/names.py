"""What is found by its name, slug and description: few enough that one form fits all."""

from capabilities.queries.search_sources.source import Source

_OPEN = "true"
_OF_PRODUCT = "t.product_id = ANY(%(products)s)"


def _named(kind: str, label: str, table: str, columns: tuple[str, str, str], url: tuple[str, str]) -> Source:
    """columns: name, key and more words; a column that does not exist is given as an empty literal."""
    name, key, more = columns
    owned = table.startswith("capabilities")
    visible = _OF_PRODUCT if owned else _OPEN
    place = "(SELECT p.name FROM capabilities_product p WHERE p.id = t.product_id)" if owned else "''"
    product = "(SELECT p.key FROM capabilities_product p WHERE p.id = t.product_id)" if owned else "''"
    words = f"search_words({name}, {key}, {more})"
    return Source(
        kind=kind,
        label=label,
        found=f"""
SELECT t.id, lower({key}) = lower(%(text)s) AS exact, ts_rank({words}, {{query}}) AS rank
FROM {table} t
WHERE {visible} AND ({words} @@ {{query}} OR {name} ILIKE %(like)s OR lower({key}) = lower(%(text)s))
LIMIT %(most)s""",
        detail=f"""
SELECT jsonb_build_object('key', {key}, 'title', {name}, 'body', {more}, 'place', {place}, 'product', {product}, 'id', t.id)
FROM {table} t WHERE t.id = page.id""",
        url=url,
        names=f"SELECT {name} AS name FROM {table} t WHERE {visible} AND {name} %%> ANY(%(words)s)",
        restricted=owned,
    )


NAMES = (
    _named(
        "capability",
        "Capabilities",
        "capabilities_capability",
        ("t.name", "t.slug", "t.description"),
        ("capabilities:requirement-list", "capability"),
    ),
    _named(
        "objective",
        "Objectives",
        "capabilities_objective",
        ("t.title", "''::text", "t.narrative"),
        ("capabilities:requirement-list", "objective"),
    ),
    _named(
        "baseline",
        "Baselines",
        "capabilities_baseline",
        ("t.name", "'R' || t.number", "t.note"),
        ("capabilities:baseline-detail", "key"),
    ),
    _named(
        "model",
        "Models",
        "evaluations_model",
        ("t.name", "t.slug", "t.vendor"),
        ("evaluations:model-detail", "key"),
    ),
    _named(
        "evaluation",
        "Evaluations",
        "evaluations_evaluation",
        ("t.name", "t.slug", "t.description"),
        ("evaluations:evaluation-detail", "key"),
    ),
    _named(
        "dataset",
        "Datasets",
        "evaluations_dataset",
        ("t.name", "t.slug", "t.description"),
        ("evaluations:dataset-detail", "key"),
    ),
    _named(
        "prompt",
        "Prompts",
        "evaluations_prompt",
        ("t.name", "t.slug", "t.description"),
        ("evaluations:prompt-detail", "key"),
    ),
)
