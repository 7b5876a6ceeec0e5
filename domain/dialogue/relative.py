"""Times meant relative to what was shown: "any other day", "the week after", "something earlier"."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from domain.appointment import TimeSlot
from domain.dialogue.conversation import Frame
from domain.dialogue.reading import at_the_time_of
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotType
from domain.understanding import Signal, Understanding
from domain.when import Grain, Interval, When, WhenStatus

WISH = "when"
_DAY, _WEEK, _MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
_SHORT = 4
"""Longer, "earlier" and "before" may be said of anything."""

_ASKED = {SlotType.CHOICE, SlotType.YES_NO, SlotType.WHEN}


def relative_wish(run: Run, said: Understanding) -> When | None:
    """The wish a message makes by pointing at the times shown last, if it does and the task can take one."""
    frame, flow, asked = run.top, run.top_flow, run.asked()
    if frame is None or flow is None or asked is None or asked.type not in _ASKED or WISH not in flow.takes():
        return None
    shown = sorted(option.value.starts_at for option in frame.shown if isinstance(option.value, TimeSlot))
    pointed = said.says(Signal.WEEK_AFTER)
    if not shown or (said.when.status is not WhenStatus.NONE and not pointed):
        return None
    local = [moment.astimezone(run.setting.zone) for moment in shown]
    if said.says(Signal.WEEK_AFTER):
        week = _week_after(local[-1], run.setting.zone)
        return at_the_time_of(week, said.when) if said.when.time_given else _kept_time(week, frame)
    if said.says(Signal.OTHER_DAY):
        return _kept_time(_other_days(local, run), frame)
    if asked.type is SlotType.CHOICE and not _points(said) and len(said.text.split()) <= _SHORT:
        if said.says(Signal.EARLIER):
            return _wish(Interval(start=run.setting.now.astimezone(run.setting.zone), end=local[0]))
        if said.says(Signal.LATER):
            return _wish(Interval(start=local[-1] + timedelta(minutes=1), end=None))
    return None


def _points(said: Understanding) -> bool:
    """Whether "earlier" or "later" is said of one of the choices: "the later one"."""
    return any(" " in entity.text.strip() for entity in said.entities_named("ordinal"))


def _midnight(moment: datetime, zone: tzinfo) -> datetime:
    return datetime.combine(moment.date(), time(0), zone)


def _week_after(moment: datetime, zone: tzinfo) -> When:
    monday = moment.date() - timedelta(days=moment.weekday()) + _WEEK
    start = datetime.combine(monday, time(0), zone)
    return When(
        status=WhenStatus.OK,
        start=start,
        end=datetime.combine(monday + _WEEK, time(0), zone),
        grain=Grain.DAY,
        windows=(Interval(start=start, end=datetime.combine(monday + _WEEK, time(0), zone)),),
        date_given=True,
    )


def _other_days(shown: list[datetime], run: Run) -> When:
    days = sorted({_midnight(moment, run.setting.zone) for moment in shown})
    gaps = tuple(Interval(start=day, end=_midnight(day + _DAY, run.setting.zone)) for day in days)
    now = run.setting.now.astimezone(run.setting.zone)
    month = Interval(start=now, end=_midnight(now + _MONTH, run.setting.zone))
    return When(
        status=WhenStatus.OK,
        start=month.start,
        end=month.end,
        grain=Grain.DAY,
        windows=(month,),
        excluded=gaps,
        date_given=True,
    )


def _wish(window: Interval) -> When:
    return When(
        status=WhenStatus.OK,
        start=window.start,
        end=window.end,
        grain=Grain.MINUTE,
        windows=(window,),
        date_given=True,
        time_given=True,
    )


def _kept_time(wish: When, frame: Frame) -> When:
    """Other days, at the time of day asked for before."""
    earlier = frame.slots.get(WISH)
    return at_the_time_of(wish, earlier) if isinstance(earlier, When) else wish
