"""Wires the program, by hand, read top to bottom. The only place where concrete classes of all rooms meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.actions.desk import Office
from bot.actions.registry import all_actions
from bot.channels.capabilities import CAPABILITIES
from bot.channels.phone_sender import DemoPhoneSender
from bot.channels.webchat.pull_sender import PullSender
from bot.content.gazetteer import gazetteer_of
from bot.content.release import Release
from bot.demo.people import OUT_OF_SERVICE
from bot.identifiers import fresh_code, fresh_id
from bot.live import LiveHub
from bot.rendering.packaged import packaged_styles
from bot.rendering.renderer import CatalogueRenderer
from bot.settings import Settings
from bot.understanding_room import EngineRoom
from bot.usecases.dispatch_outbox import DispatchOutbox
from bot.usecases.emergency import EmergencySender
from bot.usecases.receive_message import ReceiveMessage
from bot.usecases.run_turn import RunTurn
from bot.usecases.send_due_reminders import SendDueReminders
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.turn_work import Knowledge
from bot.web.demo.phone import MemoryDemoPhone
from bot.workers import Bell, TurnWorkers
from domain.access import queue_kinds
from domain.changes import SetTimer, WriteSet
from domain.ids import ConversationId
from domain.message import Address, Channel
from domain.ports import Clock, Sender
from domain.understanding import ParseContext
from nlu.engine import NluEngine
from nlu.errors import ModelError, RasaError
from nlu.factory import ModelShelf, build_engine, packaged_digest, packaged_languages
from nlu.rasa.client import RasaAddress
from nlu.rasa.engine import rasa_engine
from nlu.rasa.ports import RASA_PORT
from storage.store import Store

_log = structlog.get_logger()

TICK_SECONDS = 1.0
DEMO_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What a program is built from: its home, clock, content and sources of ids and codes."""

    home: Path
    models: Path
    clock: Clock
    release: Release
    demo: bool = False
    new_id: Callable[[], str] = fresh_id
    new_code: Callable[[], str] = fresh_code
    root_key: str | None = None
    witness: Path | None = None
    demo_seed: int = DEMO_SEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program: the store, the use cases, and the loops that serve them."""

    blueprint: Blueprint
    store: Store
    hub: LiveHub
    phone: MemoryDemoPhone
    renderer: CatalogueRenderer
    knowledge: Callable[[], Knowledge]
    web_sender: PullSender
    rest_sender: PullSender
    senders: dict[Channel, Sender]
    receive: ReceiveMessage
    run_turn: RunTurn
    dispatch: DispatchOutbox
    remind: SendDueReminders
    workers: TurnWorkers
    outbox_bell: Bell
    tick: Bell

    async def run(self) -> None:
        """Serve until cancelled: turns, the outbox, and the tick that finds what is due."""
        await self.store.outbox.recover(self.blueprint.clock.now())
        async with asyncio.TaskGroup() as group:
            group.create_task(self.workers.run())
            group.create_task(self.outbox_bell.run())
            group.create_task(self.tick.run())

    def staff_desk(self) -> StaffDesk:
        """What staff use cases work with."""
        return StaffDesk(
            conversations=self.store.conversations,
            handoffs=self.store.handoffs,
            commits=self.store.commits,
            accounts=self.store.staff,
            renderer=self.renderer,
            clock=self.blueprint.clock,
            ids=self.blueprint.new_id,
            kinds=lambda: queue_kinds(self.blueprint.release.clinic),
            hub=self.hub,
            wake=self.workers.wake,
            wake_outbox=self.outbox_bell.ring,
        )

    async def continue_task(self, conversation_id: ConversationId) -> None:
        """Let the bot take up what was open: a timer that is due now, so that it goes through the same door."""
        now = self.blueprint.clock.now()
        timer = SetTimer(conversation_id=conversation_id, kind="continue", due_at=now)
        await self.store.commits.commit(WriteSet(changes=(timer,)))
        self.workers.wake(conversation_id)

    async def settle(self) -> None:
        """Bring everything that is due to an end: turns, timers, reminders, the outbox (for `chat` and tests)."""
        while True:
            now = self.blueprint.clock.now()
            await self.remind()
            waiting = await self.store.inbox.waiting(now)
            for conversation_id in waiting:
                await self.run_turn(conversation_id)
            sent = await self.dispatch()
            if not waiting and not sent:
                return


def models_folder(base: Path) -> Path:
    """Where the models of this release's data and training code are kept, apart from those of others."""
    return base / packaged_digest()


def encoder_folder(base: Path) -> Path:
    """Where the sentence encoder's graph and the examples' vectors are kept, from one release to the next."""
    return base / "encoder"


def _refused(error: ModelError) -> None:
    _log.error("model.refused", error=type(error).__name__, expected="roll back or train again")


def engine_for(
    release: Release, models: Path, *, rasa_urls: Mapping[str, str] | None = None, rasa_token: str | None = None
) -> NluEngine:
    """The embedded engine with the clinic's own names; trains on first use (seconds).

    With `rasa_urls` (language to URL, "" for every other language; empty: where `make rasa` serves) Rasa stands before
    it.
    """
    clinic = release.clinic
    shelf = ModelShelf(models_folder=models_folder(models), cache_folder=encoder_folder(models), refused=_refused)
    engine = build_engine(
        shelf,
        languages=clinic.languages,
        zone=clinic.zone,
        gazetteer=gazetteer_of(clinic),
        region=clinic.country,
    )
    for language in clinic.languages:
        # Whatever is read on first use is read now, so that a broken file is found here and not by a patient.
        engine.parse("tomorrow at 3", context=ParseContext(language=language), now=datetime.now(UTC))
    if rasa_urls is None:
        return engine
    return rasa_engine(engine, _rasa_addresses(clinic.languages, rasa_urls, rasa_token), on_failure=_rasa_failed)


def engine_for_settings(release: Release, settings: Settings) -> NluEngine:
    """The engine the operator chose."""
    return engine_for(release, settings.models, rasa_urls=settings.rasa_urls, rasa_token=settings.rasa_token)


def _rasa_addresses(languages: Sequence[str], urls: Mapping[str, str], token: str | None) -> Mapping[str, RasaAddress]:
    if not urls:
        ports = {language: RASA_PORT + place for place, language in enumerate(packaged_languages())}
        urls = {language: f"http://127.0.0.1:{ports[language]}" for language in languages if language in ports}
    every = urls.get("")
    given = {language: urls.get(language, every) for language in languages}
    return {language: RasaAddress.of(url, token=token) for language, url in given.items() if url}


def _rasa_failed(error: RasaError) -> None:
    _log.warning("nlu.rasa_failed", error=type(error).__name__, engine="embedded")


@asynccontextmanager
async def open_program(blueprint: Blueprint, *, engine: NluEngine | None = None) -> AsyncIterator[Program]:
    """Open a home and wire everything over it; closes in the right order whatever happens."""
    clock, release = blueprint.clock, blueprint.release
    clinic = release.clinic
    hub, phone = LiveHub(), MemoryDemoPhone()
    if engine is None:
        engine = await asyncio.to_thread(engine_for, release, blueprint.models)
    room = EngineRoom(engine)
    store = await Store.open(
        blueprint.home, clock=clock, ids=blueprint.new_id, root_key=blueprint.root_key, witness=blueprint.witness
    )
    try:
        web_sender, rest_sender = PullSender(Channel.WEB), PullSender(Channel.REST)
        senders: dict[Channel, Sender] = {Channel.WEB: web_sender, Channel.REST: rest_sender}
        if blueprint.demo:
            senders[Channel.SMS] = DemoPhoneSender(
                lambda number, text: phone.add(number=number, text=text, at=clock.now()),
                out_of_service=frozenset({OUT_OF_SERVICE}),
            )
        office = Office(
            clinic=clinic,
            new_id=blueprint.new_id,
            new_code=blueprint.new_code,
            calendar=store.calendar,
            patients=store.patients,
            text_address=_sms_address if Channel.SMS in senders else None,
        )
        knowledge = Knowledge(
            flows=release.flows,
            rules=release.rules,
            actions=all_actions(),
            office=office,
            capabilities=CAPABILITIES,
        )
        renderer = CatalogueRenderer(
            catalogue=release.catalogue,
            clinic=clinic,
            capabilities=CAPABILITIES,
            styles=packaged_styles(),
            clock=clock.now,
        )
        dispatch = DispatchOutbox(outbox=store.outbox, calendar=store.calendar, senders=senders, clock=clock)
        outbox_bell = Bell(dispatch, name="outbox", every_seconds=TICK_SECONDS)
        run_turn = RunTurn(
            conversations=store.conversations,
            commits=store.commits,
            understander=room,
            renderer=renderer,
            knowledge=lambda: knowledge,
            hub=hub,
            clock=clock,
            new_id=blueprint.new_id,
            wake_outbox=outbox_bell.ring,
        )
        workers = TurnWorkers(run_turn)
        remind = SendDueReminders(
            reminders=store.reminders,
            conversations=store.conversations,
            calendar=store.calendar,
            commits=store.commits,
            renderer=renderer,
            knowledge=lambda: knowledge,
            hub=hub,
            clock=clock,
            new_id=blueprint.new_id,
            wake_outbox=outbox_bell.ring,
        )

        async def find_due() -> None:
            await remind()
            for conversation_id in await store.inbox.waiting(clock.now()):
                workers.wake(conversation_id)

        yield Program(
            blueprint=blueprint,
            store=store,
            hub=hub,
            phone=phone,
            renderer=renderer,
            knowledge=lambda: knowledge,
            web_sender=web_sender,
            rest_sender=rest_sender,
            senders=senders,
            receive=ReceiveMessage(
                inbox=store.inbox,
                rules=release.rules,
                clock=clock,
                wake=workers.wake,
                emergency=EmergencySender(senders=senders, renderer=renderer, default_language=clinic.default_language),
                default_language=clinic.default_language,
                languages=clinic.languages,
            ),
            run_turn=run_turn,
            dispatch=dispatch,
            remind=remind,
            workers=workers,
            outbox_bell=outbox_bell,
            tick=Bell(find_due, name="tick", every_seconds=TICK_SECONDS),
        )
    finally:
        hub.close()
        phone.close()
        room.close()
        await store.close()


def _sms_address(phone: str) -> Address:
    return Address(channel=Channel.SMS, account="clinic", value=phone)
