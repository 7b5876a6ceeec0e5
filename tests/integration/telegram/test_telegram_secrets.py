"""Neither the token nor a patient's words get into a log record, an exception or a repr, whatever goes wrong."""

import asyncio
import logging
import traceback
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from bot.channels.telegram.errors import TokenRefusedError
from domain.errors import RefusedToStartError
from domain.message import Address, Channel, OutboundMessage
from tests.fakes.telegram_api import BOT_ID, TOKEN, Break, Refusal, TelegramApi
from tests.integration.telegram.kept import HandTime, KeptInbox, channel_to, running

ANA = 5_550_101
CANARY = "canary-sentence-about-a-rash"
SECRETS = (TOKEN, TOKEN.partition(":")[2], CANARY)
EVENTS = (
    *(event for event in Break if event is not Break.SILENT),
    Refusal(status=400, description=f"Bad Request: cannot parse {CANARY}"),
    Refusal(status=403, description=f"Forbidden: {CANARY}"),
    Refusal(status=409, description=f"Conflict: {CANARY}"),
    Refusal(status=429, description=f"Too Many Requests: {CANARY}", retry_after=1),
    Refusal(status=500, description=CANARY),
)


def leaks(said: str) -> list[str]:
    return [secret for secret in SECRETS if secret in said]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Both logging systems, at their most talkative."""
    said: list[str] = []
    with caplog.at_level(logging.DEBUG), capture_logs() as structured:
        yield said
        said.extend(str(entry) for entry in structured)
    formatter = logging.Formatter()
    said.extend(formatter.format(record) + str(record.__dict__) for record in caplog.records)
    assert structured
    assert [leak for line in said for leak in leaks(line)] == []


@pytest.mark.usefixtures("everything_logged")
async def test_faults_on_the_way_in_leak_nothing(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    asyncio.get_running_loop().set_debug(True)
    for event in EVENTS:
        api.next_call("getUpdates", event)
        api.next_call("getMe", event)
    api.push({"message": {**api.message(ANA, text=CANARY), "date": CANARY}})
    api.push({"message": {"text": CANARY}})
    api.says(ANA, f"poison {CANARY}")
    api.says(ANA, f"{CANARY} at the end")
    inbox.chokes_on = "poison"

    async with running(channel_to(api, inbox, time)):
        await inbox.reaches(3)

    assert f"{CANARY} at the end" in inbox.words


@pytest.mark.usefixtures("everything_logged")
async def test_faults_on_the_way_out_leak_nothing(api: TelegramApi, inbox: KeptInbox, time: HandTime) -> None:
    asyncio.get_running_loop().set_debug(True)
    channel = channel_to(api, inbox, time)
    to = Address(channel=Channel.TELEGRAM, account=str(BOT_ID), value=str(ANA))
    outcomes = []
    for number, event in enumerate(EVENTS):
        api.next_call("sendMessage", event)
        outcomes.append(await channel.sender.send(to, OutboundMessage(text=CANARY), key=f"o-{number}"))
        time.seconds += 5
    await channel.close()

    assert len(set(outcomes)) > 4
    assert leaks(repr((channel, channel.sender, outcomes))) == []


async def test_a_refused_token_is_in_no_part_of_the_traceback(
    api: TelegramApi, inbox: KeptInbox, time: HandTime
) -> None:
    api.revoked = True
    channel = channel_to(api, inbox, time)

    with pytest.raises(TokenRefusedError) as refused:
        await channel.start()

    with_locals = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    said = "".join(with_locals.format())
    assert "TelegramChannel" in said
    assert leaks(said) == []
    assert refused.value.__context__ is None
    await channel.close()


@pytest.mark.parametrize("token", ["", "no-colon", "letters:before", "42: spaced", "42:"])
def test_a_malformed_token_is_refused_without_being_quoted(token: str, inbox: KeptInbox, time: HandTime) -> None:
    api = TelegramApi(monotonic=time.monotonic, base="https://bot-api.example")

    with pytest.raises(RefusedToStartError) as refused:
        channel_to(api, inbox, time, token=token)

    assert not token or token not in str(refused.value)


@pytest.mark.parametrize("base", ["http://bot-api.example", "ftp://127.0.0.1", "bot-api.example", ""])
def test_the_token_is_never_sent_in_the_clear(base: str, inbox: KeptInbox, time: HandTime) -> None:
    api = TelegramApi(monotonic=time.monotonic, base=base)

    with pytest.raises(RefusedToStartError, match="https"):
        channel_to(api, inbox, time)
