"""One search through the clinic's days, lazily: the part of finding times that knows nothing of reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.appointment import Modality, TimeSlot
from domain.clinic import Clinic, Provider, VisitType
from domain.ids import ProviderId, SiteId
from domain.scheduling_choice import part_of, spread
from domain.scheduling_free import Agenda, Day, agendas, day_of
from domain.scheduling_rules import EXPLAINED_DAYS, Bounds, Sighting, explain
from domain.scheduling_types import Diary, Refusal, SlotWish
from domain.when import Interval

Admits = Callable[[datetime], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """A wish against a diary; each provider's day is worked out once, when it is first needed."""

    clinic: Clinic
    wish: SlotWish
    visit_type: VisitType
    bounds: Bounds
    agendas: dict[ProviderId, Agenda]
    seen: frozenset[tuple[ProviderId, datetime]]
    days: dict[tuple[ProviderId, date], Day]
    """What this one search has worked out already."""

    @classmethod
    def over(cls, clinic: Clinic, wish: SlotWish, diary: Diary, bounds: Bounds) -> Search:
        """A search among everyone who does the visit type."""
        providers = clinic.providers_for(wish.visit_type_id)
        seen = frozenset((slot.provider_id, slot.starts_at) for slot in wish.seen)
        visit_type = clinic.visit_type(wish.visit_type_id)
        return cls(clinic, wish, visit_type, bounds, agendas(clinic, diary, providers), seen, {})

    def day(self, provider: Provider, on: date) -> Day:
        """What a provider's date holds, whatever the wish says of time and place."""
        key = (provider.id, on)
        if key not in self.days:
            agenda = self.agendas[provider.id]
            self.days[key] = day_of(self.clinic, provider, agenda, self.visit_type, on, today=self.bounds.today)
        return self.days[key]

    def wished_days(self) -> Iterator[date]:
        """Local dates a window touches, from today to the horizon."""
        day, windows = self.bounds.today, self.wish.when.windows
        while day <= self.bounds.last_day:
            if not windows or any(self.touches(window, day) for window in windows):
                yield day
            day += timedelta(days=1)

    def touches(self, window: Interval, day: date) -> bool:
        """Whether a window reaches into a local date."""
        zone = self.clinic.zone
        start = datetime.combine(day, time(0), zone)
        end = datetime.combine(day + timedelta(days=1), time(0), zone)
        return (window.start is None or window.start < end) and (window.end is None or start < window.end)

    def on(
        self, day: date, providers: Sequence[Provider], site_ids: Sequence[SiteId], admits: Admits
    ) -> list[TimeSlot]:
        """Free times on a date, one a start: of several providers the one with the emptier day, then the first."""
        found: dict[datetime, tuple[int, TimeSlot]] = {}
        for provider in providers:
            free = [
                (start, site_id)
                for start, site_id in self.day(provider, day).free
                if start >= self.bounds.earliest and site_id in site_ids and admits(start)
            ]
            load = self._load(provider, day) if free else 0
            for start, site_id in free:
                if (provider.id, start) not in self.seen and (start not in found or load < found[start][0]):
                    found[start] = (load, self._slot(provider, site_id, start))
        return [found[start][1] for start in sorted(found)]

    def _load(self, provider: Provider, day: date) -> int:
        start = datetime.combine(day, time(0), self.clinic.zone)
        return self.agendas[provider.id].taken.minutes_within(start, start + timedelta(days=1))

    def _slot(self, provider: Provider, site_id: SiteId, start: datetime) -> TimeSlot:
        return TimeSlot(
            provider_id=provider.id,
            site_id=site_id,
            visit_type_id=self.visit_type.id,
            starts_at=start,
            ends_at=start + self.visit_type.duration,
            modality=self._modality(),
        )

    def _modality(self) -> Modality:
        # Alternatives to a modality nobody offers come in the one that is.
        possible = self.visit_type.modalities
        return self.wish.modality if self.wish.modality in possible else possible[0]

    def site_ids(self) -> tuple[SiteId, ...]:
        """The sites the wish allows."""
        every = tuple(site.id for site in self.clinic.sites)
        return every if self.wish.site_id is None else (self.wish.site_id,)

    def offers(self, providers: Sequence[Provider], limit: int) -> tuple[TimeSlot, ...]:
        """Slots inside the wish: days are searched in order until they give enough parts of days to choose from."""
        found: list[TimeSlot] = []
        for day in self.wished_days():
            found += self.on(day, providers, self.site_ids(), self.wish.when.admits)
            if len({part_of(slot, self.clinic.zone) for slot in found}) >= limit:
                break
        return spread(found, self.clinic.zone, limit)

    def reason(self, providers: Sequence[Provider]) -> Refusal:
        """Why the wished days held nothing."""
        days = [day for day, _ in zip(self.wished_days(), range(EXPLAINED_DAYS), strict=False)]
        sightings = [
            Sighting(provider=provider, on=day, found=self.day(provider, day), agenda=self.agendas[provider.id])
            for day in days
            for provider in providers
        ]
        return explain(self.clinic, self.wish, sightings, self.bounds)
