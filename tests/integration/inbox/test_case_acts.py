"""Promises, pages, proofs by phone and presence through the pages: who may, what is told, and what is never shown."""

from dataclasses import replace
from datetime import date, timedelta

from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.identity import Level
from domain.ids import PatientId
from domain.patient import Patient
from domain.promise import Promise
from tests.fakes.staff import FRONT
from tests.fakes.staff_web import Browser, hidden
from tests.integration.inbox.conftest import House
from tests.integration.inbox.test_stream import watching

ADA = Patient(
    id=PatientId("patient-ada"),
    given_name="Ada",
    family_name="Testwell",
    birth_date=date(1985, 4, 12),
    phones=("+15550101",),
)
SOUGHT = {"name": "Ada Testwell", "birth_date": "1985-04-12"}


async def held(house: House, username: str = "robin", **fields: object) -> tuple[Handoff, Browser, str]:
    case = house.clinic.patient_waits("a person please", **fields)  # type: ignore[arg-type]  # the builder's own
    browser, one = await house.signed_in(username), f"/staff/cases/{case.id}"
    await browser.post(f"{one}/claim")
    return case, browser, one


def only(house: House) -> Promise:
    [promise] = house.clinic.promises.values()
    return promise


async def test_the_staff_script_is_played_as_written(house: House) -> None:
    """Acknowledge, read the context, take over, promise, be held to it, close with an outcome; overdue is red."""
    clinic = house.clinic
    case = clinic.patient_waits("it hurts", queue="nurse_now", reason=EscalationReason.EMERGENCY, urgent=True)
    noa, one = await house.signed_in("noa"), f"/staff/cases/{case.id}"

    paging = await noa.page("/staff")
    seen = await (await noa.post(f"{one}/acknowledge")).json()
    quiet = await noa.page("/staff")
    context = await noa.page(one)
    await noa.post(f"{one}/claim")
    sent = await noa.post(f"{one}/reply", text="A nurse will call by 3.", client_id="page-0001", seen_seq="2")
    offer = (await sent.json())["offer"]
    made = await noa.post(
        f"{one}/promise", what=offer["what"], kind=offer["kind"], due_at=offer["due_at"], who="a nurse"
    )
    refused = await noa.post(f"{one}/hand-back", outcome="called", seen_seq="3")
    clinic.clock.forward(hours=4)
    noa = await house.signed_in("noa")
    late = await noa.page("/staff")
    owed = await noa.page("/staff/promises")
    await noa.post(f"/staff/promises/{only(house).id}/keep", case=case.id)
    ended = await noa.post(f"{one}/hand-back", outcome="called", seen_seq="3")

    assert 'class="case urgent pages"' in paging
    assert seen["code"] == "acknowledged"
    assert "pages" not in quiet.split('<ul id="cases">')[1].split("</li>")[0].split(">")[0]
    assert "Seen by you, Mon 2 Mar, 12:00" in context
    assert "it hurts" in context
    assert offer["line"] == "Make this a promise: due Mon 2 Mar, 15:00"
    assert (await made.json())["code"] == "promised"
    assert (await refused.json())["line"].startswith("Promises of this case that are still open: 1.")
    assert "Promise overdue by 1 h" in late
    assert 'class="case urgent late"' in late
    assert "1 overdue" in owed
    assert (await ended.json())["code"] == "handed_back"
    assert clinic.case(case).outcome == "called"
    assert [item.message.text for item in clinic.outbox][1] == "A nurse will call by 3."


async def test_without_scripts_the_offer_stands_on_the_page_until_it_is_taken(house: House) -> None:
    _, browser, one = await held(house)
    await browser.post(f"{one}/reply", script=False, text="I'll call you by 3.", client_id="page-0001", seen_seq="2")

    offered = await browser.page(one)
    fields = {name: hidden(offered.split('id="offer"')[1], name) for name in ("what", "kind", "due_at")}
    await browser.post(f"{one}/promise", script=False, **fields)
    after = await browser.page(one)

    assert "Make this a promise: due Mon 2 Mar, 15:00" in offered
    assert "Make this a promise: due" not in after
    assert (only(house).made_by, only(house).kind.value) == (FRONT.id, "callback")


async def test_a_time_nobody_can_read_is_told_and_the_promise_kept_in_the_form(house: House) -> None:
    _, browser, one = await held(house)

    answer = await browser.post(f"{one}/promise", script=False, what="Call <b>her</b>", who="a nurse", when="soon")
    page = await answer.text()

    assert answer.status == 422
    assert "That time cannot be read" in page
    assert 'value="Call &lt;b&gt;her&lt;/b&gt;"' in page
    assert house.clinic.promises == {}


async def test_an_agent_reaches_no_promise_or_page_of_a_closer_queue(house: House) -> None:
    case, noa, one = await held(house, "noa", queue="safeguarding", reason=EscalationReason.SAFEGUARDING, urgent=True)
    await noa.post(f"{one}/promise", what="Ring the school", when="3 pm")
    robin, promise = await house.signed_in("robin"), f"/staff/promises/{only(house).id}"

    answers = [
        await robin.post(f"{one}/acknowledge"),
        await robin.post(f"{one}/promise", what="x", when="3 pm"),
        await robin.post(f"{one}/find", **SOUGHT),
        await robin.post(f"{one}/vouch", **SOUGHT),
        await robin.post(f"{one}/take-back"),
        await robin.post(f"{one}/here", doing="looking"),
        await robin.post(f"{promise}/keep"),
        await robin.post(f"{promise}/hand-on"),
        await robin.post("/staff/promises/..%2fx/keep"),
    ]
    pin = await robin.post(f"{one}/pin", pin="4826", pin_again="4826")

    assert [answer.status for answer in answers] == [404] * 9
    assert pin.status == 403
    assert "Ring the school" not in await robin.page("/staff/promises")
    assert house.clinic.case(case).status is HandoffStatus.CLAIMED


async def test_a_frontdesk_agent_sees_a_name_to_call_and_nothing_else_of_a_record(house: House) -> None:
    house.clinic.patients[ADA.id] = replace(ADA, mrn="MRN-77")
    case, robin, one = await held(house, reason=EscalationReason.IDENTITY)

    found = await (await robin.post(f"{one}/find", script=False, **SOUGHT)).text()
    none = await (await robin.post(f"{one}/find", script=False, name="Ada Testwell", birth_date="1985-04-13")).text()
    vouched = await robin.post(
        f"{one}/vouch", script=False, checked_called="yes", checked_birth_date="yes", level="2", **SOUGHT
    )
    page = await robin.page(one)

    assert "+15550101" in found
    assert "MRN-77" not in found + page
    assert "No single record fits that name and birth date." in none
    assert "+15550101" not in none
    assert 'name="level"' not in found, "the front desk is not offered clinical content"
    assert vouched.headers["Location"] == f"{one}?done=vouched"
    assert "Proven by staff on the phone, until Tue 3 Mar, 00:00" in page
    assert "1985" not in page
    assert house.clinic.handles[case.conversation_id].patient_id == ADA.id


async def test_a_front_desk_agent_cannot_ask_for_the_second_factor(house: House) -> None:
    house.clinic.patients[ADA.id] = ADA
    case, robin, one = await held(house)

    asked = await robin.post(f"{one}/vouch", checked_called="yes", checked_birth_date="yes", level="3", **SOUGHT)
    invented = await robin.post(f"{one}/vouch", checked_called="yes", checked_birth_date="yes", level="4", **SOUGHT)

    assert (asked.status, invented.status) == (404, 400)
    assert house.clinic.handles[case.conversation_id].level_at(house.clinic.clock.now()) is Level.ANYONE


async def test_a_nurse_sets_a_pin_that_no_page_shows_again(house: House) -> None:
    house.clinic.patients[ADA.id] = ADA
    case, noa, one = await held(house, "noa")
    await noa.post(f"{one}/vouch", checked_called="yes", checked_address="yes", level="3", **SOUGHT)

    easy = await (await noa.post(f"{one}/pin", script=False, pin="1985", pin_again="1985")).text()
    done = await noa.post(f"{one}/pin", script=False, pin="4826", pin_again="4826")
    taken = await noa.post(f"{one}/take-back", script=False, unlink="yes")

    assert "That PIN is part of the birth date." in easy
    assert 'value="1985"' not in easy
    assert done.headers["Location"] == f"{one}?done=pin_set"
    assert house.clinic.patients[ADA.id].pin_digest
    assert taken.headers["Location"] == f"{one}?done=unlinked"
    assert house.clinic.handles[case.conversation_id].patient_id is None


async def test_every_act_needs_the_token_of_its_session(house: House) -> None:
    case, robin, one = await held(house)
    kim = await house.signed_in("kim")
    kim.csrf = robin.csrf

    answers = [
        await kim.post(f"{one}/{act}", **SOUGHT)
        for act in ("acknowledge", "promise", "find", "vouch", "take-back", "here")
    ]
    answers += [
        await kim.post(path) for path in ("/staff/leave", "/staff/requests/x/confirm", "/staff/registrations/x/decline")
    ]

    assert [answer.status for answer in answers] == [403] * 9
    assert house.clinic.case(case).claimed_by == FRONT.id


async def test_two_people_on_a_case_are_warned_of_each_other(house: House) -> None:
    case, robin, one = await held(house)
    kim = await house.signed_in("kim")
    async with watching(robin, case, after=9) as robins, watching(kim, case, after=9) as kims:
        for events in (robins, kims):
            await events.next()
            await events.next()
        await kim.post(f"{one}/here", doing="note")
        told_robin = await robins.next()
        await robin.post(f"{one}/here", doing="reply")
        told_kim = await kims.next()
        await kim.post(f"{one}/here", doing="gone")
        told_gone = await robins.next()

    assert told_robin == ("colleagues", {"lines": ["Kim Instance is writing a note here."]})
    assert told_kim == ("colleagues", {"lines": ["Robin Sample is writing a reply here too."]})
    assert told_gone == ("colleagues", {"lines": []})
    assert house.clinic.events().count("transcript.watched") == 2


async def test_a_page_made_up_does_nothing_to_presence(house: House) -> None:
    _, robin, one = await held(house)

    assert (await robin.post(f"{one}/here", doing="dancing")).status == 400
    assert (await robin.post("/staff/cases/none/here", doing="reply")).status == 404


async def test_an_acknowledged_page_stops_on_every_open_page(house: House) -> None:
    case = house.clinic.patient_waits("x", queue="nurse_now", reason=EscalationReason.EMERGENCY, urgent=True)
    noa = await house.signed_in("noa")
    async with watching(noa, case, after=1) as events:
        _, before = await events.next()
        await events.next()
        await noa.post(f"/staff/cases/{case.id}/acknowledge")
        told = dict([await events.next(), await events.next()])

    assert (before["rows"][0]["pages"], before["rows"][0]["may_acknowledge"]) == (True, True)
    assert told["cases"]["rows"][0]["pages"] is False
    assert told["cases"]["rows"][0]["acknowledged"] == "Seen by you, Mon 2 Mar, 12:00"
    assert told["thread"]["pages"] is False


async def test_an_admin_sees_that_it_calls_and_has_no_button(house: House) -> None:
    case = house.clinic.patient_waits("x", queue="nurse_now", reason=EscalationReason.EMERGENCY, urgent=True)
    admin = await house.signed_in("ada")

    page = await admin.page("/staff")
    answer = await admin.post(f"/staff/cases/{case.id}/acknowledge")

    row = page.split('<ul id="cases">')[1].split("</li>")[0]
    assert "pages" in row
    assert 'data-is="seen-it" hidden' in row
    assert answer.status == 403
    assert house.clinic.case(case).pages


async def test_a_promise_of_a_colleague_appears_on_the_open_page(house: House) -> None:
    case, robin, one = await held(house)
    kim = await house.signed_in("kim")
    async with watching(kim, case, after=2) as events:
        await events.next()
        await events.next()
        await robin.post(f"{one}/promise", what="Call her", when="in 20 minutes")
        told = dict([await events.next(), await events.next()])

    [promise] = told["thread"]["promises"]
    assert (promise["what"], promise["made"], promise["binds"]) == ("Call her", "promised by Robin Sample", True)
    assert told["cases"]["rows"][0]["promise"].startswith("Promise due in")
    assert only(house).due_at - house.clinic.clock.now() == timedelta(minutes=20)


async def test_a_colleague_who_stops_beating_is_forgotten_at_the_next_look(house: House) -> None:
    case, robin, one = await held(house)
    kim = await house.signed_in("kim")
    async with watching(robin, case, after=9) as events:
        await events.next()
        await events.next()
        await kim.post(f"{one}/here", doing="note")
        writing = await events.next()
        house.clinic.clock.forward(seconds=40)
        house.hub.nudge(case.conversation_id)
        gone = await events.next()

    assert writing[1]["lines"]
    assert gone == ("colleagues", {"lines": []})
