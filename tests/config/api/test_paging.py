import pytest

from config.people.models import User
from tests.factories.people import make_token, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.api.views")]
PEOPLE = "/api/v1/people/"


@pytest.fixture
def api(client):
    _, secret = make_token(make_user("viewer"))
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def test_slices_hold_everything_once_newest_first(api) -> None:
    for _ in range(6):
        make_user()
    found, url = [], f"{PEOPLE}?page_size=3"
    while url:
        reply = api.get(url).json()
        found += reply["results"]
        url = reply["next"]
    assert found == sorted(User.objects.values_list("pk", flat=True), reverse=True)


def test_a_slice_is_never_larger_than_the_cap(api) -> None:
    User.objects.bulk_create(User(username=f"many-{n}") for n in range(210))
    assert len(api.get(f"{PEOPLE}?page_size=100000").json()["results"]) == 200


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "page_size=1.5", "after=99999999999999999999", "after=²"]
)
def test_nonsense_is_a_400_that_names_the_parameter(api, query) -> None:
    reply = api.get(f"{PEOPLE}?{query}")
    assert reply.status_code == 400
    assert query.split("=")[0] in reply.json()["error"]["fields"]
