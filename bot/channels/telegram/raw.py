"""Updates as Telegram's JSON, read one at a time: aiogram would refuse a whole batch for one update it cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiogram.methods import TelegramMethod
from aiogram.types import Update

from bot.channels.telegram.updates import Reading, clean, read_update, read_words, telegram_address
from domain.message import Content, InboundMessage, Press, Unsupported, UnsupportedKind


class GetRawUpdates(TelegramMethod[list[object]]):
    """getUpdates, its answer left as it came."""

    __returning__ = list[object]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReading:
    """What one raw update came to. `update_id` is None where it has none, so that it cannot be confirmed by itself."""

    update_id: int | None
    reading: Reading = None
    query_id: str | None = None
    """A press waiting to be told that it arrived."""
    readable: bool = True


def read_raw(raw: object, *, account: str, now: datetime) -> RawReading:
    """Read one entry of getUpdates' answer; never raises, whatever it holds."""
    if not isinstance(raw, dict) or type(raw.get("update_id")) is not int:
        return RawReading(update_id=None, readable=False)
    update_id: int = raw["update_id"]
    try:
        update = Update.model_validate(raw)
        reading = read_update(update, account=account, now=now)
    except Exception:  # noqa: BLE001 -- dates, depths and types break in many ways, and one update must not stop all
        salvaged = _salvaged(raw, update_id=update_id, account=account, now=now)
        return RawReading(update_id=update_id, reading=salvaged, readable=False)
    query_id = update.callback_query.id if update.callback_query is not None else None
    return RawReading(update_id=update_id, reading=reading, query_id=query_id)


def _salvaged(raw: dict[str, object], *, update_id: int, account: str, now: datetime) -> InboundMessage | None:
    """Who spoke and what they said, read by hand: a word to a clinic is not lost for a field nobody needs."""
    found = _salvaged_words(raw) or _salvaged_press(raw)
    if found is None:
        return None
    chat_id, content = found
    return InboundMessage(
        sender=telegram_address(account, chat_id), external_id=str(update_id), content=content, sent_at=now
    )


def _salvaged_words(raw: dict[str, object]) -> tuple[int, Content] | None:
    for name in ("message", "edited_message"):
        match raw.get(name):
            case {"chat": {"id": int(chat_id), "type": "private"}, "text": str(text)}:
                return chat_id, read_words(clean(text))
            case {"chat": {"id": int(chat_id), "type": "private"}, "caption": str(caption)}:
                return chat_id, Unsupported(kind=UnsupportedKind.OTHER, caption=clean(caption))
            case {"chat": {"id": int(chat_id), "type": "private"}}:
                return chat_id, Unsupported(kind=UnsupportedKind.OTHER)
    return None


def _salvaged_press(raw: dict[str, object]) -> tuple[int, Content] | None:
    match raw.get("callback_query"):
        case {"data": str(data), "message": {"chat": {"id": int(chat_id), "type": "private"}}}:
            return chat_id, Press(payload=clean(data))
    return None
