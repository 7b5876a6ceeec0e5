from collections.abc import Callable, Iterator

import pytest

from domain.understanding import ScoredIntent
from nlu.errors import RasaAddressError, RasaAnswerError, RasaSilentError
from nlu.rasa.client import RasaAddress, RasaClient
from tests.fakes.rasa_server import StubRasa, ranked, serving

ClientOf = Callable[..., RasaClient]


@pytest.fixture
def stub() -> Iterator[StubRasa]:
    with serving(StubRasa()) as stub:
        yield stub


@pytest.fixture
def client_of() -> Iterator[ClientOf]:
    made: list[RasaClient] = []

    def make(url: str, *, token: str | None = None) -> RasaClient:
        made.append(RasaClient(address=RasaAddress.of(url, token=token)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_a_ranking_comes_back_in_rasas_order_over_one_connection(stub: StubRasa, client_of: ClientOf) -> None:
    stub.answer = lambda _: ranked(("book_appointment", 0.7), ("greet", 0.2))
    client = client_of(stub.url)

    answers = [client.ranking("necesito una cita ¿sí?", seconds=5) for _ in range(3)]

    assert answers[0] == (
        ScoredIntent(name="book_appointment", confidence=0.7),
        ScoredIntent(name="greet", confidence=0.2),
    )
    assert (stub.asked, stub.connections) == (["necesito una cita ¿sí?"] * 3, 1)
    assert stub.paths[0] == "/model/parse"


def test_a_connection_the_server_closed_meanwhile_is_opened_again(stub: StubRasa, client_of: ClientOf) -> None:
    stub.hang_up_after = 1
    client = client_of(stub.url)

    for _ in range(3):
        assert client.ranking("hello", seconds=5)[0].name == "greet"

    assert stub.connections == 3


def test_the_token_goes_along_and_is_never_shown(stub: StubRasa, client_of: ClientOf) -> None:
    client = client_of(stub.url + "/understanding/", token="s3cret&more")
    client.ranking("hello", seconds=5)

    assert stub.paths == ["/understanding/model/parse?token=s3cret%26more"]
    assert "s3cret" not in repr(client)


def test_no_answer_within_the_deadline_is_an_error_of_its_own(stub: StubRasa, client_of: ClientOf) -> None:
    stub.delay = 1.0

    with pytest.raises(RasaSilentError, match=r"127\.0\.0\.1:\d+: found TimeoutError"):
        client_of(stub.url).ranking("my secret words", seconds=0.05)


def test_a_server_that_is_not_there_is_silent(client_of: ClientOf) -> None:
    with serving(StubRasa()) as stub:
        url = stub.url

    with pytest.raises(RasaSilentError, match="ConnectionRefusedError"):
        client_of(url).ranking("my secret words", seconds=5)


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (500, b"{}", "status 500"),
        (401, b'{"reason": "NotAuthenticated"}', "status 401"),
        (200, b"<html>", "not JSON"),
        (200, b"[]", "no intent_ranking"),
        (200, b'{"intent": {"name": null}, "intent_ranking": []}', "no intent_ranking"),
        (200, b'{"intent_ranking": [{"name": "greet"}]}', "without a name or a confidence"),
        (200, b'{"intent_ranking": [{"name": "greet", "confidence": 1.5}]}', "without a name or a confidence"),
        (200, b'{"intent_ranking": [{"name": "greet", "confidence": NaN}]}', "without a name or a confidence"),
        (200, b'{"intent_ranking": ["greet"]}', "without a name or a confidence"),
    ],
)
def test_an_answer_that_is_no_ranking_is_refused_and_not_quoted(
    stub: StubRasa, client_of: ClientOf, status: int, body: bytes, found: str
) -> None:
    stub.answer = lambda _: (status, body)

    with pytest.raises(RasaAnswerError, match=found):
        client_of(stub.url).ranking("hello", seconds=5)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:5005", "ftp://host", "http://", "http://host:port", "http://u:p@host", "http://h?x=1"]
)
def test_an_address_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(RasaAddressError, match="expected a URL"):
        RasaAddress.of(url)
