from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from domain.understanding import ParseContext, Understanding
from nlu.errors import RasaAnswerError, RasaError, RasaSilentError
from nlu.pipeline import Pipeline
from nlu.rasa.client import RasaAddress
from nlu.rasa.engine import REST_SECONDS, RasaEngine, rasa_engine
from tests.fakes.rasa_server import StubRasa, ranked, serving

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@dataclass
class Watch:
    """Seconds a test moves by hand."""

    at: float = 100.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Setting:
    """Rasa, our engine before it, and the failures that were told."""

    rasa: StubRasa
    engine: RasaEngine
    watch: Watch
    failures: list[RasaError] = field(default_factory=list)

    def parse(self, text: str, **asked: object) -> Understanding:
        context = ParseContext(language="en", **asked)  # type: ignore[arg-type] # a test's own words
        return self.engine.parse(text, context=context, now=NOW)


@pytest.fixture
def setting(engine: Pipeline) -> Iterator[Setting]:
    with serving(StubRasa()) as rasa:
        watch, failures = Watch(), list[RasaError]()
        asking = rasa_engine(
            engine, {"en": RasaAddress.of(rasa.url)}, on_failure=failures.append, seconds=5, monotonic=watch
        )
        yield Setting(rasa=rasa, engine=asking, watch=watch, failures=failures)
        asking.close()


def test_rasa_says_the_intent_and_we_read_time_and_names(setting: Setting) -> None:
    setting.rasa.answer = lambda _: ranked(("reschedule_appointment", 0.9), ("book_appointment", 0.1))

    understood = setting.parse("shift my visit to tomorrow at 3")

    assert (understood.engine, understood.top) == ("rasa", "reschedule_appointment")
    assert understood.when.start is not None
    assert setting.failures == []


def test_bare_answers_need_no_server(setting: Setting) -> None:
    assert setting.parse("yes", expected_slot="confirm", expected_kind="yes_no").top == "affirm"
    assert setting.rasa.asked == []


def test_what_rasa_finds_out_of_scope_is_not_acted_on(setting: Setting) -> None:
    setting.rasa.answer = lambda _: ranked(("out_of_scope", 0.6), ("book_appointment", 0.4))

    assert setting.parse("fix my bicycle please now").top == "out_of_scope"


def test_a_safety_intent_that_is_not_the_likeliest_is_raised_all_the_same(setting: Setting) -> None:
    setting.rasa.answer = lambda _: ranked(("cancel_appointment", 0.6), ("emergency", 0.35), ("greet", 0.05))

    assert setting.parse("cancel it I feel so very strange").has("emergency")


def test_a_dead_server_is_unnoticed_told_once_and_left_alone_for_a_while(setting: Setting) -> None:
    setting.rasa.answer = lambda _: (500, b"")

    answers = [setting.parse("i want to book a visit with the doctor") for _ in range(3)]

    assert {(one.engine, one.top) for one in answers} == {("embedded", "book_appointment")}
    assert [type(failure) for failure in setting.failures] == [RasaAnswerError]
    setting.rasa.answer = lambda _: ranked(("book_appointment", 1.0))
    setting.watch.at += REST_SECONDS
    assert setting.parse("i want to book a visit with the doctor").engine == "rasa"


def test_a_server_trained_on_other_intents_is_not_believed(setting: Setting) -> None:
    setting.rasa.answer = lambda _: ranked(("order_pizza", 1.0))

    assert setting.parse("i want to book a visit with the doctor").engine == "embedded"
    assert "not one of ours" in str(setting.failures[0])
    assert "order_pizza" not in str(setting.failures[0])


def test_one_deadline_covers_every_clause_of_a_message(setting: Setting) -> None:
    def slow(_: str) -> tuple[int, bytes]:
        setting.watch.at += 3
        return ranked(("greet", 0.4), ("clinic_info", 0.3))

    setting.rasa.answer = slow

    understood = setting.parse("I was there on Monday. Then it rained a lot. What do you make of it? Tell me.")

    assert understood.engine == "embedded"
    assert [type(failure) for failure in setting.failures] == [RasaSilentError]
    assert len(setting.rasa.asked) == 2


def test_a_language_without_a_server_stays_embedded(engine: Pipeline) -> None:
    asking = rasa_engine(engine, {}, on_failure=lambda _: None)

    understood = asking.parse("book an appointment", context=ParseContext(language="en"), now=NOW)

    assert understood.top == "book_appointment"
