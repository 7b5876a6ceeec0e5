"""Working on a case through the pages: read, take, write, note, hand back; and what never happens meanwhile."""

from http import HTTPStatus

import pytest
from markupsafe import escape

from domain.handoff import EscalationReason, HandoffStatus, OwnerKind
from domain.transcript import Author
from tests.fakes.staff import FRONT
from tests.integration.inbox.conftest import House

NASTY = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</textarea><svg onload=alert(1)>",
    '"><a href="javascript:alert(1)">x</a>',
    "{{ 7 * 7 }}{% raw %}",
    "</template><iframe srcdoc='<script>alert(1)</script>'>",
    "<!-- --><style>*{display:none}</style>",
    "\u202e<b>gnidaelsim</b>",
)


async def test_the_list_says_why_who_and_how_late_in_words(house: House) -> None:
    house.clinic.patient_waits("no", reason=EscalationReason.MISSES, flow="book_appointment")
    house.clinic.clock.forward(minutes=75)
    browser = await house.signed_in("robin")

    page = await browser.page("/staff")

    for words in ("The bot did not understand", "book appointment", "Waiting 1 h", "Overdue by 15 min", "Nobody yet"):
        assert words in page, words
    assert "English" in page
    assert ">no<" not in page, "the list shows nothing a patient wrote"


async def test_a_whole_takeover_without_scripts(house: House) -> None:
    case = house.clinic.patient_waits("a person please")
    browser, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"

    claimed = await browser.post(f"{one}/claim", script=False)
    replied = await browser.post(f"{one}/reply", script=False, text="Robin here.", client_id="page-0001", seen_seq="2")
    noted = await browser.post(f"{one}/note", script=False, text="Knows us well.", client_id="page-0002")
    page = await browser.page(one)
    ended = await browser.post(f"{one}/hand-back", script=False, outcome="answered", seen_seq="4")

    assert [answer.headers.get("Location") for answer in (claimed, replied, noted, ended)] == [
        f"{one}?done={code}" for code in ("claimed", "sent", "noted", "handed_back")
    ]
    assert "Staff: Robin Sample" in page
    assert "Note for colleagues: Robin Sample" in page
    assert house.clinic.case(case).status is HandoffStatus.CLOSED
    assert [item.message.text for item in house.clinic.outbox] == [
        "utter_person_joined Robin Sample",
        "Robin here.",
        "utter_handed_back",
    ]
    assert "Closed</b>: Question answered" in await browser.page(one)


async def test_what_was_typed_is_still_there_when_the_patient_wrote_meanwhile(house: House) -> None:
    case = house.clinic.patient_waits("a person please")
    browser, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"
    await browser.post(f"{one}/claim")
    house.clinic.patient_writes(case.conversation_id, "sorry, wrong day")
    fields = {"text": "See you Monday.", "client_id": "page-0001", "seen_seq": "2"}

    refused = await browser.post(f"{one}/reply", script=False, **fields)
    page = await refused.text()
    confirmed = await browser.post(f"{one}/reply", script=False, confirmed="yes", **fields)

    assert refused.status == HTTPStatus.CONFLICT
    assert "The patient wrote something new" in page
    assert ">See you Monday.</textarea>" in page
    assert 'name="confirmed" value="yes"' in page
    assert "sorry, wrong day" in page
    assert confirmed.status == HTTPStatus.SEE_OTHER


async def test_scripts_get_the_same_answers_as_json(house: House) -> None:
    case = house.clinic.patient_waits("a person please")
    one = f"/staff/cases/{case.id}"
    robin, kim = await house.signed_in("robin"), await house.signed_in("kim")

    won = await robin.post(f"{one}/claim")
    lost = await kim.post(f"{one}/claim")
    empty = await robin.post(f"{one}/reply", text="  ", client_id="page-0001", seen_seq="2")

    assert (await won.json())["code"] == "claimed"
    assert (lost.status, await lost.json()) == (
        409,
        {
            "done": False,
            "code": "held",
            "line": "Robin Sample has this case. You can take it over.",
            "latest_seq": None,
        },
    )
    assert (empty.status, (await empty.json())["code"]) == (422, "empty")


async def test_a_colleague_can_take_over(house: House) -> None:
    case = house.clinic.patient_waits("a person please")
    one = f"/staff/cases/{case.id}"
    robin, kim = await house.signed_in("robin"), await house.signed_in("kim")
    await robin.post(f"{one}/claim")

    offered = "Take over from Robin Sample" in await kim.page(one)
    taken = await kim.post(f"{one}/claim", take_from=FRONT.id)

    assert offered
    assert (await taken.json())["code"] == "claimed"
    assert house.clinic.talk_of(case).owner.id == "staff-two"


async def test_a_case_of_another_queue_is_not_there(house: House) -> None:
    case = house.clinic.patient_waits("daughter", queue="safeguarding", reason=EscalationReason.SAFEGUARDING)
    browser, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"

    answers = [
        await browser.client.get(one),
        await browser.post(f"{one}/claim"),
        await browser.post(f"{one}/reply", text="x", client_id="page-0001"),
        await browser.post(f"{one}/note", text="x", client_id="page-0001"),
        await browser.post(f"{one}/hand-back", outcome="answered"),
        await browser.client.get("/staff/cases/none"),
        await browser.client.get("/staff/cases/..%2f..%2fetc"),
    ]

    assert [answer.status for answer in answers] == [404] * 7
    assert house.clinic.said(case)[1:] == []
    assert "daughter" not in await browser.page("/staff")


async def test_opening_a_page_leaves_its_trace_before_anything_is_shown(house: House) -> None:
    case = house.clinic.patient_waits("hello")
    browser = await house.signed_in("robin")

    await browser.page(f"/staff/cases/{case.id}")

    assert house.clinic.events()[-1] == "transcript.read"
    assert house.clinic.audit[-1].actor.id == FRONT.id


@pytest.mark.parametrize("nasty", NASTY)
async def test_what_a_patient_writes_is_only_ever_text(house: House, nasty: str) -> None:
    case = house.clinic.patient_waits(nasty)
    house.clinic.patient_writes(case.conversation_id, nasty, author=Author.NOTE)
    browser, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"

    page = await browser.page(one)
    draft = await (await browser.post(f"{one}/hand-back", script=False, note=nasty)).text()

    for text in (page, draft):
        assert "<script>" not in text
        for live in ("<img", "<svg", "<iframe", "<style", "<b>gnid", 'href="javascript'):
            assert live not in text
        assert str(escape(nasty)) in text, "shown as it was written, a template's braces too"


async def test_pages_carry_no_inline_script_style_or_handler(house: House) -> None:
    case = house.clinic.patient_waits("hello", flow="book_appointment")
    browser = await house.signed_in("robin")
    for path in ("/staff", f"/staff/cases/{case.id}", "/staff/sign-in"):
        answer = await browser.client.get(path, headers={"Accept": "text/html"})
        page = await answer.text()

        assert "<script>" not in page
        assert page.count("<script") == page.count('<script type="module" src="/staff/static/')
        assert " style=" not in page
        assert " onclick" not in page
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("reply", {"text": "x", "client_id": "no"}),
        ("reply", {"text": "x", "client_id": "page-0001", "seen_seq": "-1"}),
        ("reply", {"text": "x", "client_id": "page-0001", "seen_seq": "9" * 30}),
        ("note", {"text": "x" * 20_001, "client_id": "page-0001"}),
        ("hand-back", {"outcome": "won", "seen_seq": "1"}),
    ],
)
async def test_forms_no_page_of_ours_sends_are_refused(house: House, path: str, fields: dict[str, str]) -> None:
    case = house.clinic.patient_waits("hello")
    browser = await house.signed_in("robin")

    answer = await browser.post(f"/staff/cases/{case.id}/{path}", **fields)

    assert answer.status == 400
    assert house.clinic.outbox == []


async def test_no_outcome_chosen_is_told_and_the_note_kept(house: House) -> None:
    case = house.clinic.patient_waits("hello")
    browser, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"
    await browser.post(f"{one}/claim")

    answer = await browser.post(f"{one}/hand-back", script=False, note="Called back.", seen_seq="2")
    page = await answer.text()

    assert answer.status == 422
    assert "Choose how the case ended." in page
    assert ">Called back.</textarea>" in page
    assert house.clinic.talk_of(case).owner.kind is OwnerKind.PERSON
