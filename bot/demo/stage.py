"""Sets the demo's scene: records, staff, and what was said in the days before, through the same turns as in life."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.channels.phone_sender import DemoPhoneSender
from bot.chat_session import ChatSession
from bot.clocks import DemoClock
from bot.composition import Blueprint, Program
from bot.demo.fill import fill_demo
from bot.demo.people import OUT_OF_SERVICE
from bot.demo.seed import DemoData
from bot.demo.staff import demo_accounts
from bot.demo.threads import (
    Act,
    Ago,
    Beginning,
    LineDies,
    Says,
    StaffActs,
    StaffDoes,
    Thread,
    WorkingDay,
    load_threads,
)
from bot.identifiers import seeded_codes, seeded_ids
from bot.usecases.add_note import AddNote, Noted, StaffNote
from bot.usecases.claim_handoff import Claimed, ClaimHandoff
from bot.usecases.hand_back import HandBack, HandBackForm, HandedBack, Outcome
from bot.usecases.reply_as_staff import Replied, ReplyAsStaff, StaffReply
from domain.clinic import Clinic
from domain.errors import WellspokenError
from domain.ids import HandoffId
from domain.message import Address, Channel
from domain.patient import Patient
from domain.scheduling import queue_is_open
from domain.staff import StaffAccount

_BEFORE = timedelta(minutes=5)
"""The records are brought in, and staff get their accounts, so long before the first word."""
_AFTER_A_SILENCE = timedelta(minutes=1)
_LONGEST_LOOK_BACK = 21
_CODE = re.compile(r"\b(\d{6})\b")


class SceneError(WellspokenError):
    """A thread of the demo did not go as written. Remedy: `bot/demo/threads.yml`, at the thread that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One act at its moment; without an act, whatever is due by then is done."""

    at: datetime
    thread: Thread
    act: Act | None


Opens = Callable[[Blueprint], AbstractAsyncContextManager[Program]]
"""Opens a program for as long as the block runs (`open_program` with an engine)."""


async def set_scene(blueprint: Blueprint, *, opens: Opens) -> DemoData:
    """Fill an empty home and play what was said before `blueprint.clock`'s present; closes the home again."""
    clinic, now = blueprint.release.clinic, blueprint.clock.now()
    script = cues(load_threads(), clinic, now)
    clock = DemoClock(start=script[0].at - _BEFORE, frozen=True)
    seed = blueprint.demo_seed
    past = replace(blueprint, clock=clock, new_id=seeded_ids(seed), new_code=seeded_codes(seed))
    async with opens(past) as program:
        # Until its thread says otherwise, the number that is out of service now was still in use.
        program.senders[Channel.SMS] = _line(program, clock, frozenset())
        data = await fill_demo(program.store, clinic, clock=clock, new_id=past.new_id, seed=seed, as_of=now)
        accounts = await demo_accounts(program.store.staff, clock=clock, new_id=past.new_id)
        player = _Player(program=program, clock=clock, data=data, accounts=accounts)
        for cue in script:
            await player.play(cue)
        clock.advance(now - clock.now())
        await program.settle()
    return data


def cues(threads: Sequence[Thread], clinic: Clinic, now: datetime) -> tuple[Cue, ...]:
    """Every act at its moment before `now`, in order, with the silences between in which reminders fall due."""
    found: list[Cue] = []
    for thread in threads:
        at = _begins(thread.begins, clinic, now)
        for act in thread.acts:
            at += act.after
            if _nobody_there(thread, act, clinic, at) or at >= now:
                continue
            found.append(Cue(at=at, thread=thread, act=act))
            silence = at + clinic.spans.nudge + _AFTER_A_SILENCE
            if silence < now:
                found.append(Cue(at=silence, thread=thread, act=None))
    return tuple(sorted(found, key=lambda cue: cue.at))


def _nobody_there(thread: Thread, act: Act, clinic: Clinic, at: datetime) -> bool:
    desk = clinic.queue(clinic.default_queue_id)
    by_chance = isinstance(thread.begins, Ago) and isinstance(act.deed, StaffActs)
    return by_chance and not queue_is_open(clinic, desk, at)


def _begins(begins: Beginning, clinic: Clinic, now: datetime) -> datetime:
    match begins:
        case Ago(span=span):
            return now - span
        case WorkingDay(back=back, at=at):
            desk, today = clinic.queue(clinic.default_queue_id), now.astimezone(clinic.zone).date()
            days = (today - timedelta(days=offset) for offset in range(1, _LONGEST_LOOK_BACK))
            moments = (datetime.combine(day, at, clinic.zone).astimezone(UTC) for day in days)
            working = [moment for moment in moments if queue_is_open(clinic, desk, moment)]
            return working[back - 1]


def _line(program: Program, clock: DemoClock, dead: frozenset[str]) -> DemoPhoneSender:
    return DemoPhoneSender(
        lambda number, text: program.phone.add(number=number, text=text, at=clock.now()), out_of_service=dead
    )


@dataclass(slots=True, kw_only=True)
class _Player:
    """Plays cues; keeps each thread's side of its conversation."""

    program: Program
    clock: DemoClock
    data: DemoData
    accounts: Mapping[str, StaffAccount]
    sessions: dict[str, ChatSession] = field(default_factory=dict)

    async def play(self, cue: Cue) -> None:
        if cue.at > self.clock.now():
            self.clock.advance(cue.at - self.clock.now())
        if cue.act is None:
            await self.program.settle()
            return
        match cue.act.deed:
            case Says(text=text):
                session = self._session(cue.thread)
                words = self._filled(text, cue.thread)
                await session.say(words, external_id=f"{session.address.value}-{session.count + 1}")
            case StaffActs() as acts:
                await self._staff_acts(cue.thread, acts)
                await self.program.settle()
            case LineDies():
                self.program.senders[Channel.SMS] = _line(self.program, self.clock, frozenset({OUT_OF_SERVICE}))

    def _session(self, thread: Thread) -> ChatSession:
        name = thread.continues or thread.name
        if name not in self.sessions:
            self.sessions[name] = ChatSession(
                program=self.program, clock=self.clock, address=self._address(thread), language=thread.language
            )
        return self.sessions[name]

    def _address(self, thread: Thread) -> Address:
        if thread.channel is Channel.SMS:
            return Address(channel=Channel.SMS, account="clinic", value=self._patient(thread).phones[0])
        browser = hashlib.sha256(thread.name.encode()).hexdigest()
        return Address(channel=Channel.WEB, account="web", value=browser)

    def _filled(self, text: str, thread: Thread) -> str:
        if "{" not in text:
            return text
        patient = self._patient(thread)
        codes = [
            found.group(1)
            for sent in self.program.phone.texts()
            if sent.number in patient.phones and (found := _CODE.search(sent.text))
        ]
        return (
            text.replace("{name}", f"{patient.given_name} {patient.family_name}")
            .replace("{born}", f"{patient.birth_date:%B %d, %Y}")
            .replace("{code}", codes[-1] if codes else "")
        )

    def _patient(self, thread: Thread) -> Patient:
        cast = self.data.cast
        if thread.patient == "unreachable":
            return next(patient for patient in self.data.patients if patient.id == cast.unreachable)
        named = (patient for patient in self.data.patients if patient.id in cast.everyone)
        found = next((patient for patient in named if patient.given_name.lower() == thread.patient), None)
        if found is None:
            raise SceneError(f"{thread.name}: {thread.patient!r} is nobody of the demo's cast")
        return found

    async def _staff_acts(self, thread: Thread, acts: StaffActs) -> None:
        session, staff = self._session(thread), self.accounts[acts.username]
        case = await self._case(session, thread)
        outcome = await self._do(case, staff, acts, session)
        if not isinstance(outcome, Claimed | Replied | Noted | HandedBack):
            raise SceneError(f"{thread.name}: {acts.does.value} came to {type(outcome).__name__}")

    async def _case(self, session: ChatSession, thread: Thread) -> HandoffId:
        if session.conversation_id is not None:
            snapshot = await self.program.store.conversations.snapshot(session.conversation_id, self.clock.now())
            if snapshot.handoff is not None:
                return snapshot.handoff.id
        raise SceneError(f"{thread.name}: staff have no case to act on")

    async def _do(self, case: HandoffId, staff: StaffAccount, acts: StaffActs, session: ChatSession) -> object:
        desk, seen = self.program.staff_desk(), await self._seen(session)
        match acts.does:
            case StaffDoes.CLAIM:
                return await ClaimHandoff(desk=desk)(case, staff=staff)
            case StaffDoes.REPLY:
                reply = StaffReply(client_id=f"{session.address.value}-{seen}", text=acts.text, seen_seq=seen)
                return await ReplyAsStaff(desk=desk)(case, staff=staff, reply=reply)
            case StaffDoes.NOTE:
                note = StaffNote(client_id=f"{session.address.value}-{seen}", text=acts.text)
                return await AddNote(desk=desk)(case, staff=staff, note=note)
            case StaffDoes.CLOSE:
                form = HandBackForm(outcome=acts.outcome or Outcome.ANSWERED, seen_seq=seen, note=acts.text)
                return await HandBack(desk=desk, continue_with=self.program.continue_task)(case, staff=staff, form=form)

    async def _seen(self, session: ChatSession) -> int:
        if session.conversation_id is None:
            return 0
        entries = await self.program.store.conversations.transcript(session.conversation_id)
        return entries[-1].seq if entries else 0
