"""An Understanding in the shape of Rasa's parse response, with the fields of ours that Rasa has not. Pure."""

from __future__ import annotations

from typing import TypedDict

from domain.understanding import Entity, ScoredIntent, Understanding

_RANKING = 10
_DIGITS = 4


class IntentJson(TypedDict):
    """An intent as Rasa writes it; the name is null when nothing is to be acted on."""

    name: str | None
    confidence: float


class EntityJson(TypedDict):
    """An entity as Rasa writes it; `alternatives` and `negated` are ours."""

    entity: str
    value: str
    start: int
    end: int
    confidence_entity: float
    extractor: str
    text: str
    alternatives: list[str]
    negated: bool


class ParseResponse(TypedDict):
    """What `wellspoken nlu parse` prints for a message, but for `id` and `safety`, which its caller adds."""

    text: str
    intent: IntentJson
    entities: list[EntityJson]
    intent_ranking: list[IntentJson]
    intents: list[IntentJson]
    clarify: list[str]
    language: str
    engine: str


def response_of(understanding: Understanding) -> ParseResponse:
    """`intent` is the best one to act on; when one must ask, the likeliest of those asked about."""
    return ParseResponse(
        text=understanding.text,
        intent=_best(understanding),
        entities=[_entity(entity, understanding.engine) for entity in understanding.entities],
        intent_ranking=[_intent(intent) for intent in understanding.ranking[:_RANKING]],
        intents=[_intent(intent) for intent in understanding.intents],
        clarify=list(understanding.clarify),
        language=understanding.language,
        engine=understanding.engine,
    )


def _best(understanding: Understanding) -> IntentJson:
    if understanding.intents:
        return _intent(understanding.intents[0])
    for intent in understanding.ranking:
        if intent.name in understanding.clarify:
            return _intent(intent)
    return IntentJson(name=None, confidence=0.0)


def _intent(intent: ScoredIntent) -> IntentJson:
    return IntentJson(name=intent.name, confidence=round(intent.confidence, _DIGITS))


def _entity(entity: Entity, engine: str) -> EntityJson:
    return EntityJson(
        entity=entity.name,
        value=entity.value,
        start=entity.start,
        end=entity.end,
        confidence_entity=round(entity.confidence, _DIGITS),
        extractor=engine,
        text=entity.text,
        alternatives=list(entity.alternatives),
        negated=entity.negated,
    )
