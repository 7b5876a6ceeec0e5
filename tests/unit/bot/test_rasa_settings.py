import pytest

from bot.settings import read_settings
from domain.errors import RefusedToStartError


@pytest.mark.parametrize(
    ("environ", "urls"),
    [
        ({}, None),
        ({"NLU_ENGINE": "embedded", "RASA_URL": "http://127.0.0.1:5005"}, None),
        ({"NLU_ENGINE": "rasa"}, {}),
        ({"NLU_ENGINE": "rasa", "RASA_URL": "http://127.0.0.1:7000"}, {"": "http://127.0.0.1:7000"}),
        (
            {"NLU_ENGINE": "rasa", "RASA_URL": "en=http://127.0.0.1:7000, es=http://127.0.0.1:7001"},
            {"en": "http://127.0.0.1:7000", "es": "http://127.0.0.1:7001"},
        ),
        ({"NLU_ENGINE": "rasa", "RASA_URL": "https://host/x?a=b"}, {"": "https://host/x?a=b"}),
    ],
)
def test_the_engine_and_its_servers_are_settings(environ: dict[str, str], urls: dict[str, str] | None) -> None:
    assert read_settings(environ).rasa_urls == urls


def test_an_engine_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(RefusedToStartError, match="expected embedded or rasa"):
        read_settings({"NLU_ENGINE": "raza"})
