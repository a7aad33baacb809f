"""A visit to pages: what they asked for outside their folder, and what went wrong."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import HALL

INSIDE = ("data:", "blob:", "about:", "javascript:")


class Visit:
    """A browser's window, and a record of all its pages and the windows they open.

    Args:
        context: the window, with nothing opened in it yet.
        home: where requests may go: a folder, or the address of a local server.

    Attributes:
        page: the page to work with.
        outside: addresses asked for that are not `home`'s, with the page that asked.
        errors: what the console and the pages' scripts complained of.
    """

    def __init__(self, context: BrowserContext, home: Path | str) -> None:
        address = home if isinstance(home, str) else home.resolve().as_uri()
        self.home = address.rstrip("/") + "/"
        self.outside: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("page", self._sockets)
        self.context = context
        self.page: Page = context.new_page()

    def open(self, address: str | Path) -> Page:
        """Go to a page, given as a path or as an address, and wait for all of it."""
        url = address if isinstance(address, str) else address.resolve().as_uri()
        self.page.goto(url, wait_until="load")
        return self.page

    def clear(self) -> None:
        """Forget what was recorded."""
        self.outside.clear()
        self.errors.clear()

    def complaints(self) -> list[str]:
        """Everything that must not be, one line each."""
        return [f"asks outside: {url}" for url in self.outside] + self.errors

    def is_inside(self, url: str) -> bool:
        """Say whether an address is the visited folder's or server's."""
        sockets = self.home.replace("http", "ws", 1)
        return url.startswith((*INSIDE, self.home, sockets))

    def _record(self, url: str) -> None:
        if not self.is_inside(url):
            self.outside.append(url)

    def _request(self, request) -> None:
        self._record(request.url)

    def _sockets(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._record(socket.url))

    def _console(self, message) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.errors.append(f"console: {message.text} ({where})")

    def _error(self, error) -> None:
        self.errors.append(f"script: {error.error}")


@contextlib.contextmanager
def visit(
    browser: Browser, home: Path | str, patience: float = 60, **options
) -> Iterator[Visit]:
    """Open a window for one folder or local server, and close it.

    Args:
        browser: Chromium.
        home: where its pages may ask.
        patience: seconds to wait for something to show up, on a busy machine.
        options: of Playwright's `new_context`, such as `viewport` or `color_scheme`.
    """
    context = browser.new_context(**({"viewport": HALL} | options))
    context.set_default_timeout(1000 * patience)
    try:
        yield Visit(context, home)
    finally:
        context.close()
