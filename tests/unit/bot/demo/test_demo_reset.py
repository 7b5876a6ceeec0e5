import asyncio

from bot.serving import DemoReset


async def test_reset_closes_the_door_before_it_tells_the_run_to_end() -> None:
    again, seen = asyncio.Event(), list[bool]()

    async def close_door() -> None:
        seen.append(again.is_set())

    await DemoReset(again=again, close_door=close_door)()

    assert (seen, again.is_set()) == ([False], True)


async def test_reset_asked_for_twice_closes_the_door_once() -> None:
    closed = list[str]()

    async def close_door() -> None:
        closed.append("closed")

    reset = DemoReset(again=asyncio.Event(), close_door=close_door)
    await reset()
    await reset()

    assert closed == ["closed"]
