"""What every rendering test needs: the packaged words, the demo clinic, one instant."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from bot.actions.registry import FACTS, all_actions
from bot.content.clinic_facts import load_clinic
from bot.content.flow_loader import FlowSource, load_flows
from bot.rendering.catalogue import Catalogue, load_catalogue
from bot.rendering.formats import Formats
from bot.rendering.packaged import packaged_catalogue, packaged_styles
from bot.rendering.renderer import CatalogueRenderer
from bot.rendering.styles import Style
from domain.clinic import Clinic
from domain.dialogue.flow import FlowSet
from domain.message import Capabilities, Channel
from tests.unit.bot.rendering.arrange import NOW, RESPONSES, MakeRenderer


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(Path(str(files("bot.content") / "clinic.yml")))


@pytest.fixture(scope="session")
def styles() -> Mapping[str, Style]:
    return packaged_styles()


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    return packaged_catalogue()


@pytest.fixture(scope="session")
def flows() -> FlowSet:
    folder = Path(str(files("bot.content") / "flows"))
    sources = [FlowSource(file=path.name, text=path.read_text("utf-8")) for path in sorted(folder.glob("*.yml"))]
    return load_flows(sources, actions=all_actions().keys(), facts=FACTS)


@pytest.fixture
def small() -> Catalogue:
    return load_catalogue(RESPONSES, file="responses.yml", translations={})


@pytest.fixture
def make_renderer(small: Catalogue, clinic: Clinic, styles: Mapping[str, Style]) -> MakeRenderer:
    def make(
        *,
        catalogue: Catalogue = small,
        facts: Clinic = clinic,
        strict: bool = True,
        can: Capabilities = Capabilities(buttons=True),  # noqa: B008  # frozen
    ) -> CatalogueRenderer:
        return CatalogueRenderer(
            catalogue=catalogue,
            clinic=facts,
            capabilities={Channel.WEB: can, Channel.SMS: Capabilities(buttons=False, ceiling=2)},
            styles=styles,
            clock=lambda: NOW,
            strict=strict,
        )

    return make


@pytest.fixture
def formats(clinic: Clinic, styles: Mapping[str, Style], shipped: Catalogue) -> Callable[[str], Formats]:
    def make(language: str) -> Formats:
        return Formats(
            language=language,
            style=styles[language],
            clinic=clinic,
            catalogue=shipped,
            today=NOW.astimezone(clinic.zone).date(),
        )

    return make
