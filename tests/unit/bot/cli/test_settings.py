"""Settings are read once; what is unknown or wrong stops the start by its name. Durations and the demo's clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clocks import DemoClock, SystemClock
from bot.durations import DurationError, duration
from bot.settings import DEFAULT_PORT, read_settings
from domain.errors import RefusedToStartError

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_nothing_set_is_enough() -> None:
    settings = read_settings({"HOME": "/home/nobody"})

    assert (settings.home, settings.home_given) == (Path(".wellspoken").absolute(), False)
    assert (settings.host, settings.port) == ("127.0.0.1", DEFAULT_PORT)
    assert settings.models == Path("/home/nobody/.cache/wellspoken/models")
    assert (settings.telegram_token, settings.rest_token, settings.root_key) == (None, None, None)


def test_what_is_set_is_used() -> None:
    settings = read_settings({"WELLSPOKEN_HOME": "/srv/clinic", "WELLSPOKEN_PORT": "9000", "WELLSPOKEN_HOST": "::1"})

    assert (settings.home, settings.home_given, settings.port, settings.host) == (
        Path("/srv/clinic"),
        True,
        9000,
        "::1",
    )


@pytest.mark.parametrize("name", ["WELLSPOKEN_TELEGRAM_TOKN", "WELLSPOKEN_", "WELLSPOKEN_home"])
def test_an_unknown_setting_stops_the_start_by_its_name(name: str) -> None:
    with pytest.raises(RefusedToStartError, match=f"unknown setting {name};.*WELLSPOKEN_TELEGRAM_TOKEN"):
        read_settings({name: "secret-value"})


def test_a_refusal_never_shows_a_value_that_may_be_secret() -> None:
    with pytest.raises(RefusedToStartError) as refusal:
        read_settings({"WELLSPOKEN_ROOT_KEYS": "secret-value"})

    assert "secret-value" not in str(refusal.value)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "", "80.5", " 80", "²", "1e3"])
def test_a_port_that_is_none_stops_the_start(port: str) -> None:
    with pytest.raises(RefusedToStartError, match="WELLSPOKEN_PORT"):
        read_settings({"WELLSPOKEN_PORT": port})


@pytest.mark.parametrize("port", ["1", "8080", "65535"])
def test_a_port_is_read(port: str) -> None:
    assert read_settings({"WELLSPOKEN_PORT": port}).port == int(port)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("PT10M", timedelta(minutes=10)),
        ("P1D", timedelta(days=1)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("PT1H30M5S", timedelta(hours=1, minutes=30, seconds=5)),
        ("PT0S", timedelta(0)),
    ],
)
def test_a_duration_is_read(written: str, span: timedelta) -> None:
    assert duration(written) == span


@pytest.mark.parametrize(
    "written", ["", "P", "PT", "P1DT", "10M", "PT10", "P1W", "P1M", "PT-1M", "pt10m", "PT10M\n", "PT1.5H", "P999999D"]
)
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(DurationError, match="PT10M"):
        duration(written)


def test_the_demo_clock_goes_forward_only() -> None:
    clock = DemoClock(start=START, frozen=True)

    moved = clock.advance(timedelta(minutes=10))

    assert moved == clock.now() == START + timedelta(minutes=10)
    for span in (timedelta(0), timedelta(seconds=-1)):
        with pytest.raises(ValueError, match="forward"):
            clock.advance(span)


def test_the_demo_clock_remembers_how_far_it_was_put_forward(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    DemoClock(file=file).advance(timedelta(days=2))

    again = DemoClock(file=file)

    assert again.now() - SystemClock().now() > timedelta(days=1, hours=23)


def test_the_system_clock_is_aware_of_its_zone() -> None:
    assert SystemClock().now().tzinfo is UTC
