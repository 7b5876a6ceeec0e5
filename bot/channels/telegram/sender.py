"""The Sender of Telegram: one of our messages as one or more of theirs, and what became of it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import assert_never

import structlog
from aiogram import Bot
from aiogram.methods import SendMessage
from aiogram.types import LinkPreviewOptions, Message

from bot.channels.telegram.api import ApiFailure, ApiFault, call
from bot.channels.telegram.keyboards import Keyboard, lay_out
from bot.channels.telegram.limits import MAX_TEXT_UNITS
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.split import split_text
from domain.message import Address, Channel, OutboundMessage
from domain.outbox import NotSent, SendFault, SendOutcome, Sent

_log = structlog.get_logger(__name__)

SEND_DEADLINE = timedelta(seconds=15)
_UNFINISHED_KEPT = 1_000


class TelegramSender:
    """Sends plain text, never marked up, so that no patient's word is read as markup.

    A text too long for one message goes out as several. Which of them arrived is remembered by `key` until the last
    has: a repeat goes on where it stopped, and at most the one part that had no answer is doubled. A restart forgets
    this; the outbox then counts the item as ambiguous, and a repeat may double every part.
    """

    channel = Channel.TELEGRAM

    def __init__(self, bot: Bot, *, pace: Pace, contact_label: str, deadline: timedelta = SEND_DEADLINE) -> None:
        """`contact_label` is what the "share my number" control says; `deadline` is for each call."""
        self._bot, self._pace, self._contact_label, self._deadline = bot, pace, contact_label, deadline
        self._account = str(bot.id)
        self._arrived: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        """Send one message; `provider_id` lists Telegram's message ids, in order, with commas."""
        chat = self._chat(to)
        if chat is None:
            _log.error("telegram.address_not_ours", key=key)
            return NotSent(fault=SendFault.REJECTED)
        laid = lay_out(message, contact_label=self._contact_label)
        if laid.numbered and not message.ask_contact:
            _log.error("telegram.button_refused", key=key, expected="a label, and a payload of at most 64 bytes")
        parts = split_text(laid.text, MAX_TEXT_UNITS)
        ids = self._arrived.pop(key, ())
        for part in parts[len(ids) :]:
            last = len(ids) + 1 == len(parts)
            outcome = await self._send_part(chat, part, laid.keyboard if last else None, key=key)
            match outcome:
                case Sent(provider_id=provider_id):
                    ids = (*ids, provider_id)
                case NotSent(fault=SendFault.BLOCKED | SendFault.REJECTED):
                    return outcome
                case NotSent():
                    self._remember(key, ids)
                    return outcome
                case _:
                    assert_never(outcome)
        return Sent(provider_id=",".join(ids))

    async def _send_part(self, chat: int, text: str, keyboard: Keyboard | None, *, key: str) -> SendOutcome:
        if wait := await self._pace.leave(chat):
            return NotSent(fault=SendFault.RATE_LIMITED, retry_after=wait)
        request = SendMessage(
            chat_id=chat,
            text=text,
            parse_mode=None,
            reply_markup=keyboard,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        match await call(self._bot, request, deadline=self._deadline):
            case Message(message_id=message_id):
                return Sent(provider_id=str(message_id))
            case ApiFailure(fault=ApiFault.UNREADABLE):
                return Sent()
            case ApiFailure() as failure:
                return self._refused(chat, failure, key)

    def _refused(self, chat: int, failure: ApiFailure, key: str) -> NotSent:
        _log.warning("telegram.not_sent", key=key, fault=failure.fault.value, reason=failure.reason)
        if failure.retry_after is not None:
            self._pace.rest(chat, failure.retry_after)
        return NotSent(fault=_send_fault(failure.fault), retry_after=failure.retry_after)

    def _chat(self, to: Address) -> int | None:
        """The chat's id, where the address is one of this bot's."""
        ours = to.channel is Channel.TELEGRAM and to.account == self._account
        return int(to.value) if ours and to.value.removeprefix("-").isdecimal() else None

    def _remember(self, key: str, ids: tuple[str, ...]) -> None:
        if ids:
            self._arrived[key] = ids
        while len(self._arrived) > _UNFINISHED_KEPT:
            self._arrived.popitem(last=False)


def _send_fault(fault: ApiFault) -> SendFault:
    match fault:
        case ApiFault.RATE_LIMITED:
            return SendFault.RATE_LIMITED
        case ApiFault.FORBIDDEN:
            return SendFault.BLOCKED
        case ApiFault.REFUSED:
            return SendFault.REJECTED
        # A refused token and a conflict are ours to mend; the message itself is fine and waits.
        case ApiFault.UNREACHABLE | ApiFault.TOKEN | ApiFault.CONFLICT:
            return SendFault.UNREACHABLE
        case ApiFault.NO_ANSWER | ApiFault.UNREADABLE:
            return SendFault.NO_ANSWER
        case _:
            assert_never(fault)
