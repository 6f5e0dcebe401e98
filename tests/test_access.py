"""Who may do what, over all routes: a new route fails here until tests/routes.py says what it needs."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config.people.access import LEAST_ROLE, RANK, may
from config.people.models import Role, Token, User
from config.people.services.users import change_role
from tests.access_world import World, make_world
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_membership, make_product
from tests.factories.people import make_token, make_user
from tests.made_once import made_once
from tests.routes import METHODS, Call, all_calls, all_routes, table

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Arguments that name what a product owns.
OWNED = {
    "requirements/key",
    "products/key",
    "baselines/key",
    "capabilities/slug",
    "capabilities/pk",
    "objectives/pk",
    "problems/key",
    *("discoveries/key", "discoveries/pk"),
    "rival-sets/pk",
    "verdicts/pk",
    "waivers/pk",
    "comments/pk",
    "shared-links/pk",
    "changes/pk",
    "bulk-changes/pk",
    "views/pk",
    "saved-views/pk",
    "lab/pk",
    "lab-sheets/pk",
}
# What hangs under something owned by its number.
NESTED = {
    "decisions/pk",
    "evidence/pk",
    "links/pk",
    "links/link",
    "reviews/pk",
    "reviews/review",
    "shared/pk",
    "waivers/pk",
}
# Calling models costs everybody's money, so here the site's role counts and not the membership's.
BY_SITE_ROLE = {
    "capabilities:baseline-run",
    "capabilities:measure",
    "capabilities:lab-new",
    "capabilities:lab-sheet",
    "capabilities:lab-mark",
    "capabilities:lab-row",
    "capabilities:lab-keep",
    # A model belongs to no product: whoever may run on the site runs it.
    "capabilities:model-day",
    "capabilities:model-day-preview",
    "capabilities:lab-blind",
    *(f"capabilities:discovery-{deed}" for deed in ("tries", "package", "retry")),
    "capabilities:product-new",
    "capabilities:letter-list",
    # What a month may cost is the site's.
    "capabilities:budget-new",
    "capabilities:budget-remove",
    "capabilities:letter-retry",
}
# Addresses that lead on to the page where a thing stands.
LEADING_ON = {"capabilities:comment-detail"}
HIDDEN_WORDS = "Zebra stripes"


@pytest.fixture(autouse=True)
def calm() -> None:
    """Calls are counted against the limits anew."""
    cache.clear()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(django_db_blocker, lambda: make_world(make_product(key="OPEN"))) as made:
        yield made


@pytest.fixture
def hidden(world: World) -> World:
    """A product that only its members may see, beside the open one."""
    product = make_product(key="SECRET", name=HIDDEN_WORDS, description=HIDDEN_WORDS, restricted=True)
    return make_world(product)


def ask(client: Client, world: World, call: Call, method: str = "", path: str = "", secret: str = "") -> Any:
    """The reply; whatever the call did is taken back."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    kind = "application/json" if call.route.is_api else "application/x-www-form-urlencoded"
    with transaction.atomic():
        session = dict(client.cookies)
        reply = client.generic(
            method or call.method, path or world.address(call), world.body(call), kind, headers=headers
        )
        # A stream fails only when it is read.
        reply.text_sent = b"".join(reply) if reply.streaming else reply.content  # type: ignore[attr-defined]
        client.cookies.update(session)
        transaction.set_rollback(True)
    return reply


def through(client: Client, world: World, secret: str = "") -> Callable[[Call], Any]:
    return lambda call: ask(client, world, call, secret=secret)


def someone(*, least: str, **fields: Any) -> Client:
    client = signed_in(make_user(least, **fields))
    client.raise_request_exception = False
    return client


def asked_to_sign_in(reply: Any) -> bool:
    return bool(reply.status_code == 302 and reply["Location"].startswith("/sign-in/?next="))


def refusals(
    calls: list[Call], reply_of: Callable[[Call], Any], expected: Callable[[Call, Any], bool]
) -> list[str]:
    """The calls that were answered otherwise than expected."""
    found = []
    for call in calls:
        reply = reply_of(call)
        if not expected(call, reply):
            found.append(f"{call}: {reply.status_code} {reply.get('Location', '')}")
    return found


def test_every_route_is_classified() -> None:
    routes, known = all_routes(), table()
    assert [route.name for route in routes if route.name not in known] == []
    assert [name for name in known if name not in {route.name for route in routes}] == []
    assert len(routes) == len({route.name for route in routes})


def test_no_method_works_that_is_not_classified(world: World) -> None:
    admin, stranger = someone(least=Role.ADMIN, approver=True), Client(raise_request_exception=False)
    known = table()
    found = []
    for route in all_routes():
        for method in METHODS:
            if method not in known[route.name]:
                call = Call(route, method, "", "")
                # The API refuses what nobody declared before it looks for the method.
                allowed = (403, 405) if route.is_api else (405,)
                # Whoever is signed in is led away from the sign-in by any method.
                client = stranger if route.name == "login" else admin
                status = ask(client, world, call).status_code
                found += [f"{call}: {status}"] if status not in allowed else []
    assert found == []


def test_strangers_are_asked_to_sign_in(world: World) -> None:
    stranger = Client(raise_request_exception=False)
    stranger.defaults["REMOTE_ADDR"] = "127.0.0.1"

    def expected(call: Call, reply: Any) -> bool:
        cache.clear()
        if call.action == "public":
            return reply.status_code < 400 and "next=" not in reply.get("Location", "")
        return reply.status_code == 401 if call.route.is_api else asked_to_sign_in(reply)

    assert refusals(all_calls(), through(stranger, world), expected) == []


BELOW: Mapping[str, list[tuple[Role, bool]]] = {
    "write_facts": [(Role.VIEWER, False)],
    "run": [(Role.VIEWER, False)],
    "push": [(Role.VIEWER, False)],
    "gate": [(Role.VIEWER, False)],
    "read_test": [(Role.VIEWER, False), (Role.PM, True)],
    "write_requirements": [(Role.VIEWER, False), (Role.RESEARCHER, True)],
    "approve": [(Role.VIEWER, True), (Role.RESEARCHER, True), (Role.PM, False)],
    "manage": [(Role.VIEWER, False), (Role.PM, True)],
}
ENOUGH: Mapping[str, tuple[Role, bool]] = {
    "public": (Role.VIEWER, False),
    "own": (Role.VIEWER, False),
    "read": (Role.VIEWER, False),
    "write_facts": (Role.RESEARCHER, False),
    "run": (Role.RESEARCHER, False),
    "push": (Role.RESEARCHER, False),
    "gate": (Role.RESEARCHER, False),
    "write_requirements": (Role.PM, False),
    "approve": (Role.PM, True),
    "manage": (Role.ADMIN, False),
}


@pytest.mark.parametrize("action", BELOW)
def test_whoever_lacks_the_role_is_refused(world: World, action: str) -> None:
    calls = [call for call in all_calls() if call.action == action]
    assert calls
    for role, approver in BELOW[action]:
        client = someone(least=role, approver=approver)
        found = refusals(calls, through(client, world), lambda _, reply: reply.status_code == 403)
        assert found == [], role


@pytest.mark.parametrize("action", ENOUGH)
def test_whoever_has_the_role_is_let_in(world: World, action: str) -> None:
    role, approver = ENOUGH[action]
    # Whoever changes the cases of a test dataset has to read them too.
    client = someone(least=role, approver=approver, may_read_test=action == "write_facts")
    calls = [call for call in all_calls() if call.action == action]

    def let_in(_: Call, reply: Any) -> bool:
        return reply.status_code not in (401, 403) and reply.status_code < 500 and not asked_to_sign_in(reply)

    assert calls
    assert refusals(calls, through(client, world), let_in) == []


def test_the_permission_to_read_test_samples_lets_a_viewer_download_them(world: World) -> None:
    client = signed_in(make_user(Role.VIEWER, may_read_test=True))
    calls = [call for call in all_calls() if call.action == "read_test"]
    replies = [ask(client, world, call) for call in calls]
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert all(b"case-000" in reply.text_sent for reply in replies)


def test_a_test_case_is_not_shown_to_a_researcher_for_changing(world: World) -> None:
    client = someone(least=Role.RESEARCHER)
    calls = [call for call in all_calls() if call.route.name == "evaluations:case-edit"]
    assert [ask(client, world, call).status_code for call in calls] == [403, 403]


JUDGEMENTS = (
    "capabilities:",
    *(
        f"api-{noun}"
        for noun in (
            "capability",
            "objective",
            "problem",
            "requirement",
            "criteri",
            "link",
            "dependencies",
            "review",
            "rival",
            "baseline",
            "waiver",
            "gate",
        )
    ),
)


def in_product(call: Call) -> bool:
    return call.route.name.startswith(JUDGEMENTS) and call.route.name not in BY_SITE_ROLE


def test_the_role_in_a_product_replaces_the_one_of_the_site(world: World) -> None:
    """A product manager who is a viewer here may not write; a viewer who is a product manager here may."""
    calls = [call for call in all_calls() if in_product(call) and call.action in BELOW]
    lowered = make_user(Role.PM, approver=True)
    raised = make_user(Role.VIEWER, approver=True)
    make_membership(world.product, lowered, Role.VIEWER)
    make_membership(world.product, raised, Role.PM)
    down, up = signed_in(lowered), signed_in(raised)
    found = refusals(calls, through(down, world), lambda _, reply: reply.status_code == 403)
    found += refusals(calls, through(up, world), lambda _, reply: reply.status_code not in (401, 403))
    assert found == []


def api_calls() -> list[Call]:
    return [call for call in all_calls() if call.route.is_api]


def test_a_reading_token_reads_and_does_nothing_else(world: World) -> None:
    _, secret = make_token(make_user(Role.ADMIN, approver=True), ("read",))

    def expected(call: Call, reply: Any) -> bool:
        allowed = reply.status_code not in (401, 403) and reply.status_code < 500
        return allowed if call.scope == "read" else reply.status_code == 403

    client = Client(raise_request_exception=False)
    assert refusals(api_calls(), through(client, world, secret), expected) == []


@pytest.mark.parametrize("scope", ["push", "gate", "write", "read_test", "admin"])
def test_a_token_does_exactly_what_its_scope_says(world: World, scope: str) -> None:
    _, secret = make_token(make_user(Role.ADMIN, approver=True, may_read_test=True), (scope,))

    def expected(call: Call, reply: Any) -> bool:
        return bool((reply.status_code != 403) == (call.scope == scope) and reply.status_code < 500)

    client = Client(raise_request_exception=False)
    assert refusals(api_calls(), through(client, world, secret), expected) == []


@pytest.mark.parametrize(
    "state", ["expired", "revoked", "of nobody", "of somebody deactivated", "by its digest"]
)
def test_a_token_that_ended_opens_nothing(world: World, state: str) -> None:
    user = make_user(Role.ADMIN, approver=True)
    token, secret = make_token(user, tuple(Token.Scope.values))
    tokens = Token.objects.filter(pk=token.pk)
    before = timezone.now() - timedelta(seconds=1)
    deeds: dict[str, Callable[[], object]] = {
        "expired": lambda: tokens.update(expires_at=before),
        "revoked": lambda: tokens.update(revoked_at=before),
        "of nobody": lambda: tokens.delete(),
        "of somebody deactivated": lambda: User.objects.filter(pk=user.pk).update(is_active=False),
        "by its digest": lambda: None,
    }
    deeds[state]()
    sent = token.digest if state == "by its digest" else secret
    client = Client(raise_request_exception=False)

    def reply_of(call: Call) -> Any:
        cache.clear()
        return ask(client, world, call, secret=sent)

    assert refusals(api_calls(), reply_of, lambda _, reply: reply.status_code == 401) == []


def test_what_a_restricted_product_owns_is_not_there_for_others(hidden: World) -> None:
    client = someone(least=Role.PM, approver=True)
    calls = [call for call in all_calls() if OWNED.intersection(call.route.nouns) and call.action != "manage"]
    assert len(calls) > 60
    found = refusals(calls, through(client, hidden), lambda _, reply: reply.status_code == 404)
    assert found == []


def test_a_member_of_a_restricted_product_finds_all_of_it(hidden: World) -> None:
    member = make_user(Role.VIEWER)
    make_membership(hidden.product, member, Role.VIEWER)
    client = signed_in(member)
    calls = [
        call
        for call in all_calls()
        if OWNED.intersection(call.route.nouns) and call.method == "GET" and call.action == "read"
    ]
    queries = {"api-baseline-plan": f"?version={hidden.values['model-versions/version']}"}

    def reply_of(call: Call) -> Any:
        path = call.route.path(hidden.values) + queries.get(call.route.name, f"?product={hidden.product.key}")
        return ask(client, hidden, call, path=path)

    def found(call: Call, reply: Any) -> bool:
        return bool(reply.status_code == (302 if call.route.name in LEADING_ON else 200))

    assert refusals(calls, reply_of, found) == []


def test_hidden_rows_are_not_reached_through_an_open_parent(hidden: World, world: World) -> None:
    client = someone(least=Role.PM, approver=True)
    mixed = World(world.product, world.values | {noun: hidden.values[noun] for noun in NESTED}, world.bodies)
    calls = [call for call in all_calls() if NESTED.intersection(call.route.nouns)]
    assert len(calls) >= 9
    found = refusals(calls, through(client, mixed), lambda _, reply: reply.status_code == 404)
    assert found == []


def test_naming_a_restricted_product_in_a_body_finds_nothing(hidden: World) -> None:
    client = someone(least=Role.PM, approver=True)
    calls = [call for call in all_calls() if call.route.name in hidden.bodies and call.method == "POST"]
    assert len(calls) == len(hidden.bodies)
    found = refusals(calls, through(client, hidden), lambda _, reply: reply.status_code in (400, 404))
    assert found == []


def test_no_page_and_no_reply_speaks_of_a_restricted_product(hidden: World, world: World) -> None:
    """Every reading address, also with questions that name what is hidden."""
    client = someone(least=Role.PM, approver=True)
    requirement = str(hidden.values["requirements/key"])
    questions = [
        f"product={hidden.product.key}",
        f"q=Zebra&requirement={requirement}&baseline={hidden.values['baselines/key']}",
        f"criterion={requirement}/AC-1&version={hidden.values['model-versions/version']}",
    ]
    facts = {noun: value for noun, value in hidden.values.items() if noun not in OWNED | NESTED}
    # The facts behind what is hidden are everybody's; nothing about them names who judges by them.
    values = world.values | facts
    told = []
    for call in all_calls():
        if call.method != "GET" or call.action in ("manage", "public", "read_test"):
            continue
        for question in questions:
            reply = ask(client, world, call, path=f"{call.route.path(values)}?{question}")
            sent = (
                reply.text_sent.decode(errors="replace")
                .replace(question, "")
                .replace(f"There is no requirement {requirement}", "")
            )
            told += [f"{call} ?{question}"] if HIDDEN_WORDS in sent else []
    assert told == []


@pytest.mark.parametrize(
    "noun", ["products", "requirements", "baselines", "verdicts", "waivers", "capabilities"]
)
def test_lists_of_the_api_leave_out_what_is_hidden(hidden: World, noun: str) -> None:
    client = someone(least=Role.PM)
    for question in ("", f"?product={hidden.product.key}", f"?baseline={hidden.values['baselines/key']}"):
        reply = client.get(f"/api/v1/{noun}/{question}")
        assert reply.status_code in (200, 400, 404)
        assert "SECRET" not in reply.content.decode().replace("“SECRET”", "")


def test_a_filter_does_not_tell_which_models_a_restricted_product_is_about(hidden: World) -> None:
    path = f"/api/v1/models/?product={hidden.product.key}"
    member = make_user(Role.VIEWER)
    make_membership(hidden.product, member, Role.VIEWER)
    counts = [
        len(client.get(path).json()["results"])
        for client in (someone(least=Role.PM), signed_in(member), someone(least=Role.ADMIN))
    ]
    assert counts == [0, 1, 1]


def test_nobody_takes_back_what_is_anothers(world: World) -> None:
    client = someone(least=Role.PM, approver=True)
    by_name = {str(call): call for call in all_calls()}
    theirs = ask(client, world, by_name["POST people:token-revoke"])
    assert theirs.status_code == 404
    client.post(
        f"{by_name['POST capabilities:review-withdraw'].route.path(world.values)}", {"reason": "Mine now."}
    )
    review = world.product.requirements.get(number=1).revisions.get().reviews.get()
    assert review.withdrawn_at is None


SCOPED: Mapping[str, tuple[Role, bool]] = {
    "write_facts": (Role.VIEWER, True),
    "run": (Role.VIEWER, True),
    "push": (Role.VIEWER, True),
    "gate": (Role.VIEWER, True),
    "write_requirements": (Role.RESEARCHER, True),
    "approve": (Role.PM, False),
    "manage": (Role.PM, True),
}


@pytest.mark.parametrize("action", SCOPED)
def test_a_token_gives_no_more_than_the_role_of_its_person(world: World, action: str) -> None:
    """Also a token of all scopes from the days when the role still allowed them."""
    role, approver = SCOPED[action]
    former = make_user(Role.ADMIN, may_read_test=True)
    _, secret = make_token(former, tuple(Token.Scope.values))
    make_user(Role.ADMIN)
    change_role(user=former, actor=None, role=role, approver=approver, may_read_test=False)
    calls = [call for call in api_calls() if call.action == action]
    client = Client(raise_request_exception=False)
    found = refusals(calls, through(client, world, secret), lambda _, reply: reply.status_code == 403)
    assert found == []


def test_rights_only_grow_with_the_role_so_that_the_table_holds_for_every_role() -> None:
    """With the tests at each border above, every role × action is decided; a membership counts like a role of the site."""
    roles = sorted(RANK, key=lambda role: RANK[role])
    for action, least in LEAST_ROLE.items():
        for approver in (False, True):
            for site in roles:
                person = make_user(site, approver=approver, may_read_test=True)
                marked = action != "approve" or approver
                expected = marked and RANK[site] >= RANK[least]
                assert may(person, action) == (expected or action == "read_test"), (action, site)
                for role in roles:
                    counted = Role.ADMIN if site == Role.ADMIN else role
                    allowed = marked and RANK[counted] >= RANK[least]
                    assert may(person, action, role) == (allowed or action == "read_test"), (action, role)


def test_a_member_of_a_restricted_product_does_what_the_membership_says(hidden: World) -> None:
    """Whatever the role of the site: a viewer who is a product manager there writes, a product manager who is a viewer there does not."""
    calls = [
        call
        for call in all_calls()
        if in_product(call) and call.action == "write_requirements" and OWNED.intersection(call.route.nouns)
    ]
    raised, lowered = make_user(Role.VIEWER), make_user(Role.PM)
    make_membership(hidden.product, raised, Role.PM)
    make_membership(hidden.product, lowered, Role.VIEWER)
    found = refusals(
        calls, through(signed_in(raised), hidden), lambda _, reply: reply.status_code not in (401, 403, 404)
    )
    found += refusals(calls, through(signed_in(lowered), hidden), lambda _, reply: reply.status_code == 403)
    assert found == []
