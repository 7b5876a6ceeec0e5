"""Draws the chat page and the error page in the patient's language. Jinja2 escapes everything it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from bot.channels.webchat.face import ClinicFace
from bot.channels.webchat.phrases import Phrases, load_phrases

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
LANGUAGE_COOKIE = "wellspoken-language"
_SCRIPT_WORDS = ("thread.", "notice.")
_NOT_A_DIGIT = re.compile(r"[^\d+]")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dial"] = _dial
    environment.filters["as_written"] = _as_written
    return environment


def _dial(number: str) -> str:
    """A number as a tel: link takes it."""
    return _NOT_A_DIGIT.sub("", number)


def _as_written(number: str) -> str:
    """A number as people of its country write it; one that is no full number stays as the clinic wrote it."""
    try:
        return format_number(parse(number), PhoneNumberFormat.NATIONAL)
    except NumberParseException:
        return number


def _packaged_phrases() -> Phrases:
    return load_phrases(_HERE / "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPages:
    """The pages of the chat. `face` is asked anew for each page, as a clinic's facts may be swapped while we run.

    `demo_phone` is the address of the demo phone's page: with it the page says it is a demo and links there.
    """

    face: Callable[[], ClinicFace]
    nonce: Callable[[web.Request], str]
    demo_phone: str | None = None
    phrases: Phrases = field(default_factory=_packaged_phrases)
    _templates: Environment = field(default_factory=_environment, init=False, repr=False)

    def language(self, request: web.Request) -> str:
        """The language asked for in the address, kept from before, or preferred by the browser, if we have it."""
        offered = self._offered()
        asked = [request.query.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")]
        wanted = [*asked, *_accepted(request.headers.get("Accept-Language", "")), self.face().default_language]
        return next((base for base in map(_base, wanted) if base in offered), next(iter(offered)))

    def chat(self, request: web.Request) -> str:
        """The chat page."""
        return self._draw("chat.html", request)

    def error(self, request: web.Request, status: int) -> str:
        """A page that says in plain words that something is not there or did not work."""
        kind = {404: "missing", 503: "busy"}.get(status, "other" if status >= 500 else "refused")
        return self._draw("error.html", request, kind=kind)

    def _offered(self) -> Mapping[str, str]:
        """Languages both the clinic and the page have, each with its own name for itself; never none."""
        both = [known for known in self.face().languages if known in self.phrases.languages] or self.phrases.languages
        return {known: self.phrases.in_(known)["language.name"] for known in both}

    def _draw(self, template: str, request: web.Request, **more: str) -> str:
        language = self.language(request)
        words = self.phrases.in_(language)
        return self._templates.get_template(template).render(
            words=words,
            script_words={key: text for key, text in words.items() if key.startswith(_SCRIPT_WORDS)},
            language=language,
            languages=self._offered(),
            clinic=self.face(),
            nonce=self.nonce(request),
            demo_phone=self.demo_phone,
            **more,
        )


def _accepted(header: str) -> list[str]:
    """Languages of an Accept-Language header, best first."""
    weighted: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _base(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()
