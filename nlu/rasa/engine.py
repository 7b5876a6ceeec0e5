"""Rasa as the engine, the embedded one behind it: whoever answers says so, and no patient waits for a dead server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.intents import INTENTS
from domain.understanding import ParseContext, Understanding
from nlu.errors import RasaError
from nlu.pipeline import Pipeline
from nlu.rasa.classifier import Deadline, RasaClassifier
from nlu.rasa.client import RasaAddress, RasaClient

ENGINE = "rasa"
DEADLINE_SECONDS = 1.0
REST_SECONDS = 10.0
"""How long a server that failed is left alone; its answers are the embedded engine's meanwhile."""

OnFailure = Callable[[RasaError], None]


@dataclass(slots=True, kw_only=True)
class RasaEngine:
    """An NluEngine whose intents come from Rasa; entities, times, languages and bare answers are read here either way.

    A failure is told to `on_failure` once, answered by `embedded`, and ends Rasa's turn for `REST_SECONDS`.
    """

    asking: Pipeline
    embedded: Pipeline
    deadline: Deadline
    on_failure: OnFailure
    clients: tuple[RasaClient, ...] = ()
    monotonic: Callable[[], float] = time.monotonic
    _resting_until: float = field(default=0.0, init=False)

    @property
    def name(self) -> str:
        """The engine's name in settings; an Understanding names who really answered."""
        return ENGINE

    def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """See NluEngine. Never raises for what the server does."""
        if self.monotonic() >= self._resting_until:
            self.deadline.begin()
            try:
                return self.asking.parse(text, context=context, now=now)
            except RasaError as error:
                self._resting_until = self.monotonic() + REST_SECONDS
                self.on_failure(error)
        return self.embedded.parse(text, context=context, now=now)

    def close(self) -> None:
        """Let go of the connections."""
        for client in self.clients:
            client.close()


def rasa_engine(
    embedded: Pipeline,
    addresses: Mapping[str, RasaAddress],
    *,
    on_failure: OnFailure,
    seconds: float = DEADLINE_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> RasaEngine:
    """Rasa in front of an embedded engine, one server a language; a language without one stays embedded."""
    deadline = Deadline(seconds=seconds, monotonic=monotonic)
    clients = {
        language: RasaClient(address=addresses[language], monotonic=monotonic)
        for language in embedded.models
        if language in addresses
    }
    asked = {
        language: RasaClassifier(client=client, deadline=deadline, known=INTENTS)
        for language, client in clients.items()
    }
    return RasaEngine(
        asking=replace(embedded, models={**embedded.models, **asked}, engine=ENGINE),
        clients=tuple(clients.values()),
        embedded=embedded,
        deadline=deadline,
        on_failure=on_failure,
        monotonic=monotonic,
    )
