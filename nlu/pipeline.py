"""The embedded engine whole: known messages, language, classifier, clauses, time and entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS, TASK_INTENTS
from domain.understanding import Entity, ParseContext, ScoredIntent, Understanding
from domain.when import When, WhenStatus
from nlu.clauses import Clause, clauses_of
from nlu.config import DecisionConfig
from nlu.decision import (
    COURTESIES,
    Decision,
    as_answer,
    beside_answer,
    decide_one,
    decide_parts,
    prior_of,
    stands_alone,
)
from nlu.embedded.model import LanguageModel, Reading
from nlu.entities.reader import EntityReader
from nlu.errors import UnknownLanguageError
from nlu.language import LanguageDetector
from nlu.signals import SignalReader
from nlu.text import tokens_of
from nlu.words import LanguageWords

ENGINE = "embedded"
_KNOWN = 1.0
_BESIDE_BIRTH = frozenset(
    {"and", "y", "on", "el", "in", "date", "of", "fecha", "nacimiento", "nacida", "nacido", "i", "was", "naci"}
)
_ANSWERS = frozenset({"affirm", "deny", "unsure"})
_NAME_KINDS = frozenset({"person_name", "provider", "address", "insurer", "pharmacy", "email", "code"})
"""Answers of these kinds are names and figures, which tell nothing about the patient's language."""


class ReadWhen(Protocol):
    """Reads what a text says about time."""

    def __call__(self, text: str, *, reference: datetime, zone: ZoneInfo, language: str) -> When:
        """Read against a reference instant, in a zone and language."""
        ...


class ReadBirthDates(Protocol):
    """Reads dates of birth as entities with ISO values."""

    def __call__(self, text: str, *, language: str, zone: ZoneInfo, today: date) -> Iterable[Entity]:
        """Every reading of every date that may be a birth date."""
        ...


class Classifier(Protocol):
    """Scores texts of one language: a model of ours, or a server elsewhere."""

    def read(self, text: str, *, bonus: Mapping[str, float] | None = None) -> Reading:
        """Score one text; `bonus` adds to the log-odds of the intents it names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pipeline:
    """An NluEngine without a server. Immutable: a promoted model makes a new pipeline (`with_model`)."""

    models: Mapping[str, Classifier]
    words: Mapping[str, LanguageWords]
    detector: LanguageDetector
    entities: EntityReader
    signals: SignalReader
    read_when: ReadWhen
    read_birth_dates: ReadBirthDates
    zone: ZoneInfo
    config: DecisionConfig
    engine: str = ENGINE

    @property
    def name(self) -> str:
        """The engine's name in Understandings."""
        return self.engine

    def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """Understand a message. `language` of the result is the one identified, or the context's if unsure."""
        if context.language not in self.models:
            raise UnknownLanguageError(language=context.language, known=tuple(sorted(self.models)))
        language = self._language(text, context)
        when = self.read_when(text, reference=now, zone=self.zone, language=language)
        entities = self._entities(text, language, context, when, now)
        known = self._known(text, context)
        if known is not None:
            ranking = known.intents or tuple(ScoredIntent(name=name, confidence=0.5) for name in known.clarify)
            decision = known
        else:
            said = self._with_familiar_names(text, language, entities)
            reading = self._read(language, said, context)
            ranking = reading.ranking
            coverage = _coverage(text, context, entities, when, idle=self._idle_words(language))
            decision = as_answer(
                self._decide(said, language, context, reading), coverage=coverage, context=context, config=self.config
            )
            answer = self._answer_within(text, language, context)
            decision = beside_answer(decision, answer, context=context, config=self.config)
        return Understanding(
            text=text,
            language=language,
            intents=decision.intents,
            ranking=ranking,
            clarify=decision.clarify,
            entities=entities,
            when=when,
            engine=self.engine,
            signals=self.signals.read(text),
        )

    def with_model(self, model: LanguageModel) -> Pipeline:
        """The same engine with another model of one language; entities learned with the old one stay."""
        return replace(self, models={**self.models, model.language: model})

    def _language(self, text: str, context: ParseContext) -> str:
        if context.expected_kind in _NAME_KINDS:
            return context.language
        guess = self.detector.identify(text, self.models)
        return guess.language if guess.confident and guess.language is not None else context.language

    def _known(self, text: str, context: ParseContext) -> Decision | None:
        """What the word lists say of the whole message: the conversation's language first, then the others."""
        for language in (context.language, *(other for other in self.words if other != context.language)):
            names = self.words[language].meaning_of(text)
            if len(names) == 1:
                return Decision(intents=(ScoredIntent(name=names[0], confidence=_KNOWN),))
            if names:
                return Decision(clarify=names)
        return None

    def _answer_within(self, text: str, language: str, context: ParseContext) -> str | None:
        """The answer a message opens with ("yes, I have been there") or holds as a sentence of its own."""
        words = tokens_of(text)
        parts = (
            *(word.text for word in words[:1]),
            *(clause.text for clause in clauses_of(text, self.words[language])),
        )
        known = (decision for part in parts if (decision := self._known(part, context)) is not None)
        return next((one.name for decision in known for one in decision.intents if one.name in _ANSWERS), None)

    def _with_familiar_names(self, text: str, language: str, entities: tuple[Entity, ...]) -> str:
        """The text with names that only this clinic has put as names the examples know."""
        stand_ins = self.words[language].stand_ins
        for entity in sorted(entities, key=lambda entity: -entity.start):
            if entity.name in stand_ins and text[entity.start : entity.end] == entity.text:
                text = text[: entity.start] + stand_ins[entity.name] + text[entity.end :]
        return text

    def _read(self, language: str, text: str, context: ParseContext) -> Reading:
        return self.models[language].read(text, bonus=prior_of(context, self.config))

    def _decide(self, text: str, language: str, context: ParseContext, whole: Reading) -> Decision:
        """The message's decision; where it comes out as mere courtesy, a request among its sentences is taken too."""
        alone = decide_one(whole, self.config)
        clauses = clauses_of(text, self.words[language])
        if len(clauses) < 2:
            return alone
        decision = self._decide_clauses(text, clauses, language, context, whole)
        if decision.intents and all(intent.name in COURTESIES for intent in decision.intents):
            request = self._beside_courtesy(clauses, language, context)
            return Decision(intents=(request,)) if request is not None else decision
        return decision

    def _decide_clauses(
        self, text: str, clauses: tuple[Clause, ...], language: str, context: ParseContext, whole: Reading
    ) -> Decision:
        """The whole's decision, unless clauses stand alone with several intents or are surer than the whole."""
        alone = decide_one(whole, self.config)
        parts = self._standing(text, clauses, language, context)
        topics = {name for part in parts for name in (*part.clarify[:1], *(intent.name for intent in part.intents))}
        sure = stands_alone(whole, self.config)
        if len(topics) < 2 and self._answers_first(clauses, context):
            return decide_parts(alone, (*parts, alone) if sure and whole.best.name in TASK_INTENTS else parts)
        return decide_parts(alone, parts) if len(topics) >= 2 or (topics and not sure) else alone

    def _beside_courtesy(
        self, clauses: tuple[Clause, ...], language: str, context: ParseContext
    ) -> ScoredIntent | None:
        """The likeliest request of a message that as a whole reads as a greeting: politeness must not hide it."""
        likeliest = (
            next((one for one in reading.ranking if one.name not in COURTESIES | {OUT_OF_SCOPE}), None)
            for reading in (self._read(language, clause.text, context) for clause in clauses)
        )
        sure = [one for one in likeliest if one is not None and one.confidence >= self.config.courtesy_request]
        return max(sure, key=lambda one: one.confidence, default=None)

    def _answers_first(self, clauses: tuple[Clause, ...], context: ParseContext) -> bool:
        """Whether the message opens with an answer word, as "no, Tuesday" does."""
        known = self._known(clauses[0].text, context)
        return known is not None and any(intent.name in _ANSWERS for intent in known.intents)

    def _standing(
        self, text: str, clauses: tuple[Clause, ...], language: str, context: ParseContext
    ) -> tuple[Decision, ...]:
        """Clauses joined from the left until each means something of its own."""
        found: list[Decision] = []
        pending: int | None = None
        for clause in clauses:
            start = clause.start if pending is None else pending
            part = text[start : clause.end]
            known = self._known(part, context)
            if known is not None:
                found.append(known)
                pending = None
                continue
            reading = self._read(language, part, context)
            joined = not clause.firm
            short = joined and len(tokens_of(clause.text)) < self.config.joined_clause_words
            stands = stands_alone(reading, self.config, joined=joined)
            alarm = reading.alarm is not None and reading.alarm.confidence >= self.config.clause_alarm
            # A fragment of two words says little: there the whole message's own alarm is the surer one.
            certain = reading.best.name in SAFETY_INTENTS and reading.best.confidence >= self.config.fragment_alarm
            if certain or (not short and (stands or alarm)):
                found.append(decide_one(reading if alarm else replace(reading, alarm=None), self.config))
                pending = None
            else:
                pending = start
        return tuple(found)

    def _idle_words(self, language: str) -> frozenset[str]:
        words = self.words[language]
        return frozenset(token.text for phrase in (*words.links, *words.fillers) for token in tokens_of(phrase))

    def _entities(
        self, text: str, language: str, context: ParseContext, when: When, now: datetime
    ) -> tuple[Entity, ...]:
        dates: tuple[Entity, ...] = ()
        if self._may_hold_birth_date(text, language, context):
            today = now.astimezone(self.zone).date()
            dates = tuple(self.read_birth_dates(text, language=language, zone=self.zone, today=today))
        named = self._without_birth(text, dates, language) if context.expected_kind == "person_name" else text
        found = self.entities.read(named, language=language, context=context, when=when)
        return tuple(sorted((*found, *dates), key=lambda entity: (entity.start, entity.end, entity.name)))

    def _without_birth(self, text: str, dates: tuple[Entity, ...], language: str) -> str:
        """The text with a birth date and its words blanked, so that the name beside it stands alone."""
        for date_found in dates:
            text = text[: date_found.start] + " " * (date_found.end - date_found.start) + text[date_found.end :]
        if dates:
            for token in tokens_of(text):
                if token.text in self.words[language].birth or token.text in _BESIDE_BIRTH:
                    text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
            text = text.replace(",", " ").replace(";", " ").replace(":", " ")
        return text

    def _may_hold_birth_date(self, text: str, language: str, context: ParseContext) -> bool:
        if context.expected_kind in {"birth_date", "person_name"}:
            return True
        padded = f" {' '.join(token.text for token in tokens_of(text))} "
        return any(f" {' '.join(t.text for t in tokens_of(word))} " in padded for word in self.words[language].birth)


_TIME_KINDS = frozenset({"when", "date", "time", "date_range", "time_of_day"})
_ALSO = {
    "visit_type": frozenset({"specialty"}),
    "choice": frozenset({"ordinal"}),
    "reading": frozenset({"reading_value"}),
    "number": frozenset({"count"}),
}


def _coverage(
    text: str, context: ParseContext, entities: tuple[Entity, ...], when: When, *, idle: frozenset[str]
) -> float:
    """Which share of the words that carry meaning belongs to entities of the kind asked for (0: nothing was asked)."""
    words = [word for word in tokens_of(text) if word.text not in idle]
    kind = context.expected_kind
    if not words or kind is None:
        return 0.0
    fitting = {kind} | _ALSO.get(kind, frozenset())
    spans = [(entity.start, entity.end) for entity in entities if entity.name in fitting | {"ordinal"}]
    # What is offered are times, so that a time may name the one that is chosen.
    if kind in _TIME_KINDS | {"choice"} and when.status is not WhenStatus.NONE and when.text:
        start = max(text.find(when.text), 0)
        spans.append((start, start + len(when.text)))
    covered = sum(any(start < word.end and word.start < end for start, end in spans) for word in words)
    return covered / len(words)
