from bot.channels.phone_sender import DemoPhoneSender
from domain.message import Address, Channel, OutboundMessage
from domain.outbox import NotSent, SendFault, Sent

DEAD = "+15555550199"


async def test_texts_arrive_but_for_those_to_a_number_out_of_service() -> None:
    arrived: list[tuple[str, str]] = []
    sender = DemoPhoneSender(lambda number, text: arrived.append((number, text)), out_of_service=frozenset({DEAD}))
    message = OutboundMessage(text="Your visit is tomorrow.")

    taken = await sender.send(_phone("+15555550123"), message, key="one")
    refused = await sender.send(_phone(DEAD), message, key="two")

    assert taken == Sent(provider_id="one")
    assert refused == NotSent(fault=SendFault.BLOCKED)
    assert arrived == [("+15555550123", "Your visit is tomorrow.")]


def _phone(number: str) -> Address:
    return Address(channel=Channel.SMS, account="clinic", value=number)
