"""A Rasa server in the place of a language's own model: its ranking becomes the Reading the pipeline decides upon."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS
from domain.understanding import ScoredIntent
from nlu.embedded.model import Reading
from nlu.errors import RasaAnswerError, RasaSilentError
from nlu.rasa.client import RasaClient

ALARM_FROM = 0.3
"""From which probability a safety intent is raised though another one is likelier."""
_LEAST = 1e-6


@dataclass(slots=True, kw_only=True)
class Deadline:
    """The time one message may cost, however many of its clauses are asked about."""

    seconds: float
    monotonic: Callable[[], float] = time.monotonic
    _until: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """A new message begins."""
        self._until = self.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds that remain, never less than nothing."""
        return max(0.0, self._until - self.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaClassifier:
    """Reads texts of one language by asking Rasa.

    Our training data has an out_of_scope intent, so its probability is Rasa's own verdict on scope. A server trained
    without one, on other intents than `known`, or on none of them, is not the model we need: RasaAnswerError.
    """

    client: RasaClient
    deadline: Deadline
    known: frozenset[str]

    def read(self, text: str, *, bonus: Mapping[str, float] | None = None) -> Reading:
        """Score one text; `bonus` adds to the log-odds of the intents it names. Raises RasaError."""
        left = self.deadline.left()
        if not left:
            raise RasaSilentError(address=self.client.address.shown, found="the message's time is over")
        ranking = self.client.ranking(text, seconds=left)
        strange = next((intent.name for intent in ranking if intent.name not in self.known), None)
        if strange is not None:
            raise RasaAnswerError(address=self.client.address.shown, found="an intent that is not one of ours")
        scored = _swayed(ranking, bonus or {})
        best = scored[0]
        alarms = [one for one in scored if one.name in SAFETY_INTENTS and one.confidence >= ALARM_FROM]
        return Reading(
            best=best,
            ranking=scored,
            in_scope=best.name != OUT_OF_SCOPE,
            alarm=alarms[0] if alarms else None,
            nearest=None,
        )


def _swayed(ranking: tuple[ScoredIntent, ...], bonus: Mapping[str, float]) -> tuple[ScoredIntent, ...]:
    shares = {one.name: max(one.confidence, _LEAST) * math.exp(bonus.get(one.name, 0.0)) for one in ranking}
    total = sum(shares.values())
    return tuple(
        sorted(
            (ScoredIntent(name=name, confidence=share / total) for name, share in shares.items()),
            key=lambda one: (-one.confidence, one.name),
        )
    )
