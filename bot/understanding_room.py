"""The NLU in its own thread behind a deadline: when it cannot answer, the turn goes on without intents."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from domain.understanding import ParseContext, Understanding
from domain.when import NO_TIME, When
from nlu.engine import NluEngine
from nlu.entities.when import languages, read_when

DEADLINE_SECONDS = 3.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClinicTimes:
    """Implements domain.ports.TimeReader over the grammar itself, on the clinic's clock."""

    zone: ZoneInfo

    def __call__(self, text: str, *, now: datetime, language: str) -> When:
        """See the port."""
        if language not in languages():
            return NO_TIME
        return read_when(text, reference=now, zone=self.zone, language=language)


class EngineRoom:
    """Runs one engine in one thread. Too late or broken: an empty understanding; rules, menu, staff remain."""

    def __init__(self, engine: NluEngine, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        """Take an engine that is loaded."""
        self._engine = engine
        self._deadline = deadline_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nlu")

    async def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """Understand one text within the deadline."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, lambda: self._engine.parse(text, context=context, now=now))
        try:
            return await asyncio.wait_for(work, self._deadline)
        except TimeoutError:
            _log.warning("nlu.late", engine=self._engine.name)
        except Exception as error:  # noqa: BLE001  # whatever the engine does, the patient is answered
            _log.error("nlu.broken", engine=self._engine.name, error=type(error).__name__)
        return Understanding(text=text, language=context.language, engine="none")

    def close(self) -> None:
        """Let the thread end after what it is doing."""
        self._thread.shutdown(wait=False, cancel_futures=True)
