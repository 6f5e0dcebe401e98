"""Text that wants to be more than text, in every field people, models and logs can fill, on the pages that show it."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, expect

from capabilities.models import GateDecision, Objective, Product
from capabilities.services.comments import resolve_comment
from capabilities.services.gate import record_gate
from config.people.models import Role, User
from evaluations.models import Evaluation, Round, Run
from evaluations.services.results import push_results
from evaluations.services.runs import finish_push_run, open_push_run
from tests.engine import work_off
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_comment,
    make_criterion,
    make_membership,
    make_product,
    make_requirement,
    make_review,
    make_rival_set,
    make_verdict,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_prompt_version,
    make_provider,
    make_round,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[User], None]
WIDTH = 1280
ELSEWHERE = "https://elsewhere.example/"

SCRIPT = "<script>alert(1)</script>"
HANDLER = '"><img src=x onerror=alert(2)><b onmouseover=alert(3)>b</b>'
CLOSING = "</script></textarea></title></template><script>alert(4)</script>"
LINKS = f"[a](javascript:alert(5)) ![i]({ELSEWHERE}p.png) <{ELSEWHERE}> [d](data:text/html,<script>alert(6)</script>)"
TEMPLATE = "{{7*7}} {% debug %} {{ request.user.password }} ${7*7} <%= 7*7 %>"
DRAWING = f'<svg/onload=alert(7)><image href="{ELSEWHERE}i.png"/><foreignObject><iframe src="{ELSEWHERE}"></iframe></svg>'
DISGUISE = "abc\u202edesrever\u202c \u2066hidden\u2069 \x07\x1b[31m\x7f\u200b"
STYLE = f"<style>@import '{ELSEWHERE}s.css'</style><link rel=stylesheet href={ELSEWHERE}t.css><base href={ELSEWHERE}>"
LONG = "W" * 10_000
SHORT = [SCRIPT, HANDLER, CLOSING, TEMPLATE, DRAWING, DISGUISE, STYLE, LINKS]
EVERYTHING = "\n\n".join([*SHORT, LONG])
# What page text has to hold literally where it shows a payload.
SHOWN = ("<script>alert(1)</script>", "{{7*7}}")


def name_of(*parts: str, longest: int = 110) -> str:
    """A name as long as names may be."""
    return (" ".join(parts) + "W" * longest)[:longest]


@pytest.fixture
def watched(page: Page, context: BrowserContext, live_server: Any) -> Iterator[Page]:
    """A page that opens no dialog and asks nobody but the site."""
    strange: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        strange.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def note(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(live_server.url).netloc and not request.url.startswith(
            "data:"
        ):
            strange.append(f"request: {request.url}")

    page.on("dialog", dismiss)
    context.on("request", note)
    context.on("page", lambda opened: strange.append(f"window: {opened.url}"))
    yield page
    assert strange == []


def make_facts() -> tuple[Run, Run]:
    """Two runs whose cases, prompt, outputs, rationales, labels, errors and names are all hostile."""
    cases: list[dict[str, Any]] = [
        {
            "key": f"case-{place}",
            "input": text,
            "target": text,
            "slices": {"kind": name_of(SCRIPT, longest=60)},
            "metadata": {"note": text},
            "cluster": name_of(HANDLER, longest=60),
        }
        for place, text in enumerate([EVERYTHING, *SHORT, LONG])
    ]
    dataset = make_dataset_version(
        cases,
        slug="evil",
        name=name_of(SCRIPT, TEMPLATE),
        description=EVERYTHING,
        origin=SCRIPT,
        licence=HANDLER,
        purpose="dev",
    )
    scorer = make_scorer_version("external", slug="judge", rubric=EVERYTHING)
    scorer.scorer.name, scorer.scorer.description = name_of(DRAWING), EVERYTHING
    scorer.scorer.save()
    prompt = make_prompt_version(
        [{"role": "user", "content": f"{EVERYTHING} {{{{input}}}}"}], slug="evil", note=SCRIPT
    )
    evaluation = make_evaluation_version(dataset, [scorer], slug="evil", prompt_version=prompt)
    Evaluation.objects.filter(pk=evaluation.evaluation_id).update(
        name=name_of(HANDLER), description=EVERYTHING
    )
    provider = make_provider(slug="evil", name=name_of(CLOSING, longest=80))
    runs = []
    for number, side in enumerate(("own", "competitor")):
        model = make_model(
            "llm",
            side,
            provider,
            slug=f"evil-{side}",
            name=name_of(HANDLER, SCRIPT),
            vendor=SCRIPT,
            terms=EVERYTHING,
            description=EVERYTHING,
        )
        version = make_model_version(model, name=f"<b>{side}</b>")
        run, _ = open_push_run(
            actor=None,
            evaluation_version=evaluation,
            model_version=version,
            idempotency_key=side,
            training_run=SCRIPT,
        )
        report = push_results(run=run, lines=[line(case["key"], case["input"], number) for case in cases])
        assert report.rejected == []
        runs.append(work_off(finish_push_run(actor=None, run=run)))
    make_suite([evaluation.evaluation], slug="evil", name=name_of(SCRIPT), description=EVERYTHING)
    make_round(name=name_of(SCRIPT, HANDLER))
    return runs[0], runs[1]


def line(key: str, text: str, number: int) -> bytes:
    if key == "case-3":
        return json.dumps({"case": key, "error": {"class": "model", "message": EVERYTHING[:5_000]}}).encode()
    verdict = {"num": number, "den": 1, "label": text[:200], "rationale": text[:9_000]}
    return json.dumps({"case": key, "output": text, "scores": {"judge": verdict}}).encode()


def make_judgements(a: Run, b: Run) -> None:
    """A product judged by them, with hostile words in everything people write about it."""
    product = make_product(
        key="EV", name=name_of(SCRIPT, HANDLER), description=EVERYTHING, subjects=[a.model_version.model]
    )
    Product.objects.filter(pk=product.pk).update(candidate_version=a.model_version)
    product.refresh_from_db()
    make_membership(product, make_user(Role.PM, username="evil", first_name=SCRIPT, last_name=HANDLER))
    make_rival_set(product, [b.model_version.model], note=name_of(DRAWING))
    ability = make_capability(product, slug="evil", name=name_of(CLOSING), description=EVERYTHING)
    goal = Objective.objects.create(product=product, title=name_of(SCRIPT), narrative=EVERYTHING)
    words = {
        "title": name_of(SCRIPT, TEMPLATE, longest=190),
        "shall": EVERYTHING,
        "rationale": EVERYTHING,
        "out_of_scope": EVERYTHING,
        "examples": [{"input": EVERYTHING, "good": SCRIPT, "bad": HANDLER}],
    }
    scorer = a.evaluation_version.scorers.get().scorer
    approved = make_requirement(
        product,
        approved=True,
        criteria=[{"scorer": scorer}],
        revision=words,
        capability=ability,
        objective=goal,
    )
    criterion = approved.revisions.get().criteria.get()
    verification = make_verification(criterion, a.evaluation_version)
    make_verdict(verification, a, "not_met", sentence=f"Not met: {SCRIPT} {HANDLER}")
    draft = make_requirement(product, revision=words)
    make_criterion(draft.revisions.get(), not_measurable_reason=EVERYTHING)
    make_review(draft.revisions.get(), "reject", comment=EVERYTHING)
    make_waiver(approved, reason=EVERYTHING)
    evil = make_user(Role.PM, username="@._+-evil", first_name=HANDLER)
    for kind, asked in (("question", "pm"), ("decision", ""), ("issue", "")):
        said = make_comment(approved, f"@{evil.username} {EVERYTHING}", author=evil, kind=kind, asked=asked)
        make_comment(
            parent=said, text=f'`@{evil.username}` [x](y "> @{evil.username} {HANDLER}") {EVERYTHING}'
        )
    resolve_comment(actor=evil, said=said, closing=EVERYTHING[:4_000])
    baseline = make_baseline(product, [approved], name=name_of(HANDLER), note=EVERYTHING)
    record_gate(actor=None, baseline=baseline, model_version=a.model_version)


ADDRESSES = """
/ /status/ /requirements/ /requirements/?group=capability /requirements/EV-1/ /requirements/EV-2/
/requirements/EV-1/brief/ /requirements/EV-2/brief/ /requirements/import/
/models/evil-own/versions/{own}/card/ /models/evil-competitor/versions/{other}/card/
/requirements/EV-2/edit/ /requirements/EV-1/compare/ /requirements/EV-1/criteria/AC-1/
/requirements/EV-1/criteria/AC-1/evidence/ /products/ /products/EV/ /capabilities/ /capabilities/evil/edit/
/objectives/ /questions/ /questions/?state=all /baselines/ /baselines/R1/ /baselines/R1/decisions/{decision}/ /baselines/new/
/search/?q=script /measure/?criterion=EV-1/AC-1 /datasets/ /datasets/evil/
/datasets/evil/cases/{entry}/edit/ /datasets/evil/import/ /prompts/ /prompts/evil/
/prompts/evil/versions/new/ /scorers/ /scorers/judge/ /evaluations/ /evaluations/evil/
/evaluations/evil/versions/new/ /models/ /models/evil-own/ /models/evil-competitor/ /providers/
/providers/evil/ /suites/ /suites/evil/ /suites/evil/edit/ /rounds/ /rounds/new/ /rounds/{round}/
/schedules/new/ /runs/ /runs/{a}/ /runs/{a}/samples/ /runs/{a}/samples/?case=case-0
/runs/{a}/samples/?case=case-3 /runs/{a}/samples/?case=case-5&vs={b} /runs/{a}/samples/?case=case-9
/compare/ /compare/?run={a}&against={b} /compare/?run={a}&against={b}&case=case-0 /audit/ /members/
"""


@pytest.fixture
def world() -> dict[str, int | str]:
    a, b = make_facts()
    make_judgements(a, b)
    version = a.evaluation_version.dataset_version
    return {
        "a": a.pk,
        "own": quote(a.model_version.name, safe=""),
        "other": quote(b.model_version.name, safe=""),
        "b": b.pk,
        "entry": version.entries.earliest("position").pk,
        "round": Round.objects.get().pk,
        "decision": GateDecision.objects.get().pk,
    }


def test_hostile_text_is_shown_as_text(watched: Page, sign_in: SignIn, world: dict[str, int]) -> None:
    sign_in(make_user(Role.ADMIN, approver=True, may_read_test=True, first_name=SCRIPT, last_name=HANDLER))
    problems = {path: found for path in ADDRESSES.split() if (found := look(watched, path.format(**world)))}
    assert problems == {}


def look(page: Page, path: str) -> list[str]:
    """What is wrong with the page; every closed part of it is opened first."""
    response = page.goto(path)
    if response is None or response.status != 200:
        return [f"answered {response.status if response else 'nothing'}"]
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    found = []
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > WIDTH:
        found.append(f"is {wide} pixels wide: {page.evaluate(STICKING_OUT, WIDTH)}")
    foreign = page.evaluate(FOREIGN, ELSEWHERE)
    if foreign:
        found.append(f"holds {foreign}")
    if any(hidden in page.inner_text("main") for hidden in ("\u202e", "\u2066")):
        found.append("lets text change its direction")
    return found


# The innermost elements that reach beyond the window and are not inside something that scrolls.
STICKING_OUT = """width => [...document.querySelectorAll('body *')].filter(one => {
  const beyond = some => some.getBoundingClientRect().right > width
  if (!beyond(one) || [...one.children].some(beyond)) return false
  for (let outer = one; outer !== document.body; outer = outer.parentElement)
    if (getComputedStyle(outer).overflowX !== 'visible') return false
  return true
}).slice(0, 4).map(one => one.parentElement.tagName + '.' + one.parentElement.className + ' > ' + one.tagName + '.' + one.className)"""
# What no payload may become: elements and attributes of its own.
FOREIGN = """elsewhere => [...document.querySelectorAll('*')].filter(one =>
  [...one.attributes].some(told => told.name.startsWith('on')
    || ['href', 'src', 'action'].includes(told.name) && /^\\s*(javascript|data):/i.test(told.value))
  || ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'STYLE', 'IMG'].includes(one.tagName)
  || one.tagName === 'LINK' && one.href.startsWith(elsewhere)
  || one.tagName === 'SCRIPT' && !one.src && one.type !== 'application/json'
).map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize(
    ("path", "words"), [("/requirements/EV-2/", SHOWN), ("/runs/{a}/samples/?case=case-0", SHOWN)]
)
def test_a_reader_sees_what_was_written(
    watched: Page, sign_in: SignIn, world: dict[str, int], path: str, words: tuple[str, ...]
) -> None:
    sign_in(make_user(Role.ADMIN))
    watched.goto(path.format(**world))
    shown = watched.inner_text("main")
    assert all(word in shown for word in words)


def test_hostile_words_are_found_without_being_run(
    watched: Page, sign_in: SignIn, world: dict[str, int]
) -> None:
    """The palette builds its list in the browser; questions come back on the page."""
    sign_in(make_user(Role.ADMIN))
    watched.goto(f"/search/?q={quote(SCRIPT)}")
    watched.goto(f"/requirements/?q={quote(HANDLER)}")
    watched.goto("/")
    watched.keyboard.press("Control+k")
    watched.locator("dialog[open] input").fill("script")
    expect(watched.locator("dialog[open]")).to_contain_text(SCRIPT)
    assert watched.evaluate(FOREIGN, ELSEWHERE) == []
