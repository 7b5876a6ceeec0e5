"""Turns every way a request can go wrong into one neutral line: no traceback, no words of a patient, nothing inside."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.web.security import request_id_of
from domain.errors import UnavailableError

ErrorPage = Callable[[web.Request, int], str]
"""Draws the page a person sees for an HTTP status."""

RETRY_AFTER_SECONDS = 5
_OURS_TO_WRITE = frozenset({"content-type", "content-length"})
_log = structlog.get_logger(__name__)


def plain_errors(page: ErrorPage | None) -> Middleware:
    """Answer errors as a page to a browser's navigation, as {"error": line} to everyone else."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            kept = {name: value for name, value in error.headers.items() if name.lower() not in _OURS_TO_WRITE}
            return _answer(request, page, error.status, _line(error), kept)
        except UnavailableError:
            _log.warning("http.unavailable", request_id=request_id_of(request))
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return _answer(request, page, HTTPStatus.SERVICE_UNAVAILABLE, "not available, try again", headers)
        except ConnectionError:
            raise  # the other side is gone: nobody is left to answer
        except Exception as error:  # noqa: BLE001  # last resort: whatever it was, its text must not get out
            # No traceback: its values may be a patient's.
            _log.error("http.broke", request_id=request_id_of(request), error=type(error).__name__, at=_place(error))
            if request.writer.output_size:
                raise ConnectionResetError("a stream broke off") from None
            return _answer(request, page, HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here", {})

    return answer


def _answer(
    request: web.Request, page: ErrorPage | None, status: int, line: str, headers: dict[str, str]
) -> web.StreamResponse:
    if page is not None and request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=status, text=page(request, status), content_type="text/html", headers=headers)
    return web.json_response({"error": line}, status=status, headers=headers)


def _line(error: web.HTTPException) -> str:
    """The words a handler chose, else the status in plain words."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return "too large"
    chosen = error.text if error.text and error.text != f"{error.status}: {error.reason}" else error.reason.lower()
    return " ".join(chosen.split())


def _place(error: BaseException) -> str:
    """File and line where it broke: enough to mend it, without the values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
