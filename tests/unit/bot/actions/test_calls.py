"""Calls are promised within the time the patient named, where someone works then."""

from datetime import datetime, timedelta

from bot.actions.promises import make_promise
from domain.changes import SavePromise
from domain.when import Grain, Interval, When, WhenStatus
from tests.builders.desk import NOW, asks, changed, keys, proven_scene

ZONE = proven_scene().clinic.zone


def wish(start: datetime, end: datetime | None) -> When:
    return When(status=WhenStatus.OK, start=start, end=end, grain=Grain.HOUR, windows=(Interval(start=start, end=end),))


async def test_after_two_is_until_the_desk_closes_that_day() -> None:
    two = NOW.astimezone(ZONE).replace(hour=14)

    done = await make_promise(asks(work="callback", when=wish(two, None)), proven_scene().desk())

    assert keys(done) == ["utter_promised_call"]
    assert done.result.replies[0].values["hours"] == ("14:00-18:00",)
    assert changed(done, SavePromise).promise.due_at == two.replace(hour=18)


async def test_a_time_already_past_today_is_cut_to_what_is_left() -> None:
    begun = NOW.astimezone(ZONE).replace(hour=8)

    done = await make_promise(asks(work="callback", when=wish(begun, begun.replace(hour=12))), proven_scene().desk())

    assert done.result.replies[0].values["hours"] == ("10:00-12:00",)


async def test_a_day_nobody_works_is_said_and_the_next_one_promised() -> None:
    sunday = (NOW.astimezone(ZONE) + timedelta(days=6)).replace(hour=0)

    done = await make_promise(
        asks(work="callback", when=wish(sunday, sunday + timedelta(days=1))), proven_scene().desk()
    )

    assert keys(done) == ["utter_call_closed", "utter_promised_call"]
    assert done.result.replies[1].values["day"] == (sunday + timedelta(days=1)).date()


async def test_without_a_time_the_queue_s_own_span_holds() -> None:
    done = await make_promise(asks(work="callback"), proven_scene().desk())

    assert keys(done) == ["utter_promised"]
