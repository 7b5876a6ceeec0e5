"""Traffic for the kill test, in a process of its own: prints each promise once the store has made it."""

import asyncio
import sys
from pathlib import Path

from tests.builders.storage import Desk, desk_at

SENDERS = 6
LIMIT = 5_000


def sender_of(external_id: str) -> str:
    return f"visitor-{int(external_id.rsplit('-', 1)[1]) % SENDERS}"


async def lane(desk: Desk, round_: int, first: int) -> None:
    for number in range(first, LIMIT, SENDERS):
        external_id = f"update-{round_}-{number}"
        accepted = await desk.accept(external_id, external_id=external_id, sender=sender_of(external_id))
        sys.stdout.write(f"accepted {external_id} {accepted.conversation_id}\n")
        sys.stdout.flush()
        await desk.turn(accepted.conversation_id)
        sys.stdout.write(f"turn {external_id} {accepted.conversation_id}\n")
        sys.stdout.flush()
        for item in await desk.store.outbox.due(desk.clock.now(), limit=1):
            await desk.store.outbox.start(item.id)


async def main(home: Path, round_: int) -> None:
    async with desk_at(home, prefix=f"round{round_}") as desk:
        await asyncio.gather(*(lane(desk, round_, first) for first in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
