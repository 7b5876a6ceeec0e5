"""What the demo opens with: threads that went through the real turns, on whatever day it is begun."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.clocks import DemoClock
from bot.composition import Blueprint, Program, engine_for, open_program
from bot.content.release import Release, load_release
from bot.demo.seed import DemoData
from bot.demo.staff import STAFF
from bot.demo.stage import cues, set_scene
from bot.demo.threads import LineDies, Says, StaffActs, load_threads
from bot.settings import read_settings
from domain.clinic import Clinic
from domain.errors import ContentError
from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.ids import ConversationId
from domain.message import Address, Channel
from domain.outbox import OutboxStatus
from domain.promise import PromiseKind
from domain.transcript import Author, TranscriptEntry

Opens = Callable[[Blueprint], AbstractAsyncContextManager[Program]]

TUESDAY = datetime(2026, 11, 24, 15, tzinfo=UTC)
SUNDAY_AFTER_THANKSGIVING = datetime(2026, 11, 29, 15, tzinfo=UTC)
MOMENTS = [
    TUESDAY,
    SUNDAY_AFTER_THANKSGIVING,
    datetime(2026, 11, 26, 15, tzinfo=UTC),  # Thanksgiving itself
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # half past one, the first of the two
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # and the second
    datetime(2027, 3, 14, 7, 30, tzinfo=UTC),  # just after the hour that is left out
    datetime(2027, 1, 1, 4, 30, tzinfo=UTC),  # half an hour before the new year
    datetime(2026, 7, 5, 15, tzinfo=UTC),  # after two holidays
    datetime(2027, 2, 10, 3, tzinfo=UTC),
]


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release()


@pytest.fixture(scope="module")
def opens(release: Release) -> Opens:
    return partial(open_program, engine=engine_for(release, read_settings().models))


@dataclass(frozen=True, slots=True)
class Scene:
    data: DemoData
    blueprint: Blueprint


async def _scene(home: Path, release: Release, opens: Opens, at: datetime) -> Scene:
    blueprint = Blueprint(home=home, models=home, clock=DemoClock(start=at, frozen=True), release=release, demo=True)
    return Scene(await set_scene(blueprint, opens=opens), blueprint)


@pytest.fixture(scope="module")
def set_once(release: Release, opens: Opens, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A Tuesday's scene, to be copied and never opened itself."""
    return asyncio.run(_scene(tmp_path_factory.mktemp("scene"), release, opens, TUESDAY))


@pytest.fixture
def tuesday(set_once: Scene, tmp_path: Path) -> Scene:
    home = tmp_path / "home"
    shutil.copytree(set_once.blueprint.home, home)
    return replace(set_once, blueprint=replace(set_once.blueprint, home=home))


async def _cases(program: Program) -> tuple[Handoff, ...]:
    return await program.store.handoffs.listed(tuple(HandoffStatus))


async def _said(program: Program, conversation_id: ConversationId) -> tuple[TranscriptEntry, ...]:
    return await program.store.conversations.transcript(conversation_id)


async def test_the_inbox_holds_threads_of_every_kind_and_the_audit_verifies(tuesday: Scene, opens: Opens) -> None:
    await _assert_full(tuesday, opens, TUESDAY)


async def test_on_a_sunday_after_a_holiday_it_is_as_full(tmp_path: Path, release: Release, opens: Opens) -> None:
    scene = await _scene(tmp_path, release, opens, SUNDAY_AFTER_THANKSGIVING)

    await _assert_full(scene, opens, SUNDAY_AFTER_THANKSGIVING)


async def _assert_full(scene: Scene, opens: Opens, at: datetime) -> None:
    async with opens(scene.blueprint) as program:
        cases = await _cases(program)
        report = await program.store.audit.verify()
        names = {
            case.claimed_by: (
                account.display_name if (account := await program.store.staff.get(case.claimed_by)) else ""
            )
            for case in cases
            if case.claimed_by
        }
        languages = {
            (await program.store.conversations.snapshot(case.conversation_id, at)).conversation.language
            for case in cases
        }

    ages = sorted(at - case.opened_at for case in cases)
    assert report.ok
    assert len(cases) >= 12
    assert (ages[0], ages[-1] > timedelta(days=1)) == (timedelta(minutes=1), True)
    assert {case.reason for case in cases} >= {
        EscalationReason.ASKED,
        EscalationReason.COMPLAINT,
        EscalationReason.EMERGENCY,
        EscalationReason.NURSE_TODAY,
        EscalationReason.SAFEGUARDING,
    }
    assert [case.queue for case in cases if case.reason is EscalationReason.SAFEGUARDING] == ["safeguarding"]
    assert {case.outcome for case in cases if case.status is HandoffStatus.CLOSED} >= {"answered", "emergency_services"}
    assert any(case.status is HandoffStatus.OPEN and case.due_at < at for case in cases)
    assert any(case.status is HandoffStatus.CLAIMED for case in cases)
    assert set(names.values()) <= {person.name for person in STAFF}
    assert languages == {"en", "es"}


async def test_one_call_back_is_overdue_and_its_patient_has_asked_again(tuesday: Scene, opens: Opens) -> None:
    owen = next(patient for patient in tuesday.data.patients if patient.given_name == "Owen")
    async with opens(tuesday.blueprint) as program:
        conversation_id = (await program.store.conversations.of_patient(owen.id))[0]
        snapshot = await program.store.conversations.snapshot(conversation_id, TUESDAY)

    overdue = [promise for promise in snapshot.promises if promise.due_at < TUESDAY]
    assert [promise.kind for promise in overdue] == [PromiseKind.CALLBACK]
    assert snapshot.handoff is not None
    assert snapshot.handoff.status is HandoffStatus.OPEN


async def test_one_text_was_refused_and_its_number_is_suspended(tuesday: Scene, opens: Opens) -> None:
    patient = next(one for one in tuesday.data.patients if one.id == tuesday.data.cast.unreachable)
    address = Address(channel=Channel.SMS, account="clinic", value=patient.phones[0])
    async with opens(tuesday.blueprint) as program:
        counts = await program.store.outbox.counts()
        conversation_id = await program.store.conversations.of_address(address)
        assert conversation_id is not None
        snapshot = await program.store.conversations.snapshot(conversation_id, TUESDAY)
        entries = await _said(program, conversation_id)

    assert (counts[OutboxStatus.FAILED], set(counts)) == (1, {OutboxStatus.FAILED, OutboxStatus.SENT})
    assert snapshot.handle.suspended
    assert entries[-1].author is Author.STAFF


async def test_the_same_moment_gives_the_same_scene(
    tuesday: Scene, tmp_path: Path, release: Release, opens: Opens
) -> None:
    again = await _scene(tmp_path / "again", release, opens, TUESDAY)

    assert again.data.cast == tuesday.data.cast
    assert await _everything(again, opens) == await _everything(tuesday, opens)


async def _everything(scene: Scene, opens: Opens) -> list[tuple[Handoff, tuple[TranscriptEntry, ...]]]:
    async with opens(scene.blueprint) as program:
        return [(case, await _said(program, case.conversation_id)) for case in await _cases(program)]


@pytest.mark.parametrize("at", MOMENTS)
def test_every_act_lies_before_the_present_and_staff_act_while_the_desk_is_open(release: Release, at: datetime) -> None:
    clinic: Clinic = release.clinic
    script = cues(load_threads(), clinic, at)
    moments = [cue.at for cue in script]
    spoken = [cue for cue in script if cue.act is not None and isinstance(cue.act.deed, Says)]

    assert moments == sorted(moments)
    assert moments[-1] < at
    assert at - moments[-1] <= timedelta(minutes=1)
    assert at - moments[0] < timedelta(days=5)
    assert len({cue.thread.name for cue in spoken}) == len(load_threads())
    assert sum(cue.act is not None and isinstance(cue.act.deed, LineDies) for cue in script) == 1


def test_only_people_on_the_demos_staff_act() -> None:
    deeds = [act.deed for thread in load_threads() for act in thread.acts]

    acting = {deed.username for deed in deeds if isinstance(deed, StaffActs)}
    assert acting == {"frontdesk", "nurse", "colleague"}
    assert acting <= {person.username for person in STAFF}


@pytest.mark.parametrize(
    ("thread", "expected"),
    [
        ("{thread: a, begins: {ago: soon}, acts: []}", "a duration"),
        ("{thread: a, begins: {ago: PT1M, day: 1}, acts: []}", "either ago"),
        ("{thread: a, begins: {ago: PT1M}, acts: [{says: hi, line: dead}]}", "exactly one of"),
        ("{thread: a, begins: {ago: PT1M}, acts: [{staff: nurse}]}", "'does'"),
        ("{thread: a, begins: {ago: PT1M}, acts: [{staff: nurse, does: shout}]}", "one of: claim"),
        ("{thread: a, continues: b, begins: {ago: PT1M}, acts: []}", "an earlier thread"),
    ],
)
def test_a_thread_that_is_not_well_written_is_refused_by_line(tmp_path: Path, thread: str, expected: str) -> None:
    file = tmp_path / "threads.yml"
    file.write_text(f"threads:\n  - {thread}\n", encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        load_threads(file)

    assert (caught.value.line, expected in str(caught.value)) == (2, True)
