"""Two versions of one model and a rival: what profiles are told of."""

from capabilities.models import Product
from evaluations.models import ModelVersion
from tests.factories.capabilities import make_product, make_rival_set
from tests.factories.evaluations import make_model, make_model_version


def product_of_two_versions() -> Product:
    """Of the model `ours`; `v2` is the candidate."""
    model = make_model(kind="llm", slug="ours")
    for name in ("v1", "v2"):
        version = make_model_version(model, name=name)
    return make_product(subjects=[model], candidate_version=version)


def rival_of(product: Product) -> ModelVersion:
    """The version `x1` of `them`, in the product's rival set."""
    model = make_model(side="competitor", kind="llm", slug="them", name="Them")
    make_rival_set(product, [model])
    return make_model_version(model, name="x1")
