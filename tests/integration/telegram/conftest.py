from collections.abc import AsyncIterator
from importlib.util import find_spec

import pytest

from tests.fakes.telegram_api import TelegramApi, telegram_api
from tests.integration.telegram.kept import HandTime, KeptInbox

# aiogram-testing needs Python 3.12: where it cannot be installed there is nothing to collect.
collect_ignore = [] if find_spec("aiogram_tests") else ["test_telegram_aiogram_testing.py"]


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def inbox() -> KeptInbox:
    return KeptInbox()


@pytest.fixture
async def api(time: HandTime) -> AsyncIterator[TelegramApi]:
    async with telegram_api(time.monotonic) as server:
        yield server
