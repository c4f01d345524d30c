"""A person at the sandbox's consent page, over HTTP: reads the form, leaves every box ticked, presses Allow, and is sent back."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

_TIMEOUT_S = 30.0


class _Form(HTMLParser):
    """The fields of a page's only form as a browser would send them when a button is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = named.get("action", "")
        elif tag == "input" and (named.get("type") not in ("checkbox", "radio") or "checked" in named):
            self.fields.append((named["name"], named.get("value", "")))
        elif tag == "button":
            self.buttons.append((named.get("name", ""), named.get("value", "")))


def press(consent_url: str, decision: str = "allow") -> int:
    """Open a consent page, press a button, and follow the way back to the application.

    Returns:
        The status of the page one ends on.

    Raises:
        ValueError: The page has no such button, or the platform refused the request.
    """
    with httpx.Client(timeout=_TIMEOUT_S) as browser:
        page = browser.get(consent_url)
        form = _Form()
        form.feed(page.text)
        if page.status_code != 200 or ("decision", decision) not in form.buttons:
            raise ValueError(f"the consent page answered {page.status_code} and has no button {decision!r}")
        fields: dict[str, list[str]] = {}
        for name, value in [*form.fields, ("decision", decision)]:
            fields.setdefault(name, []).append(value)
        answer = browser.post(urljoin(consent_url, form.action), data=fields)
        if not answer.has_redirect_location:
            raise ValueError(f"the consent page answered {answer.status_code} to {decision!r}")
        return browser.get(answer.headers["Location"]).status_code
