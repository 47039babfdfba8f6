"""A person at a node's pages: signs in, uploads deliveries, waits for their result, looks at what the node shows."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tools.storm.node import OfficeFailedError, StormNode

NAME, PASSWORD = "clerk", "storm and a clerk in it"
PATIENCE_S = 30.0
SUMS = re.compile(r"<dt>(Read|Quarantined)</dt><dd[^>]*>([\d\u202f\xa0,]+)</dd>")


@dataclass(slots=True)
class Clerk:
    """Raises OfficeFailedError for everything that keeps the person from seeing what was asked for."""

    node: StormNode
    _client: httpx.Client | None = None
    # Results that are known to have failed: the file is uploaded again.
    _failed: set[str] = field(default_factory=set)

    def take(self, path: Path) -> dict[str, Any]:
        """Upload a delivery, if that was not done already, and wait until it is taken; its sums."""
        try:
            place = self._found(path.name) or self._upload(path)
            until = time.monotonic() + PATIENCE_S
            while "hx-get=" in (page := self.see(place)):
                if time.monotonic() > until:
                    raise OfficeFailedError(f"{self.node.party}: {place} is not done.")
                time.sleep(0.3)
        except httpx.HTTPError as error:
            raise OfficeFailedError(f"{self.node.party}: {type(error).__name__}: {error}") from error
        if "Nothing is in quarantine." not in page and "<h2>Quarantine</h2>" not in page:
            self._failed.add(place)
            raise OfficeFailedError(f"{self.node.party}: {place} failed: {page[-600:]}")
        sums = {name.lower(): int(re.sub(r"\D", "", count)) for name, count in SUMS.findall(page)}
        return {"read": sums["read"], "quarantined": sums["quarantined"]}

    def see(self, path: str) -> str:
        """A page as text; signs in where that is needed."""
        try:
            answer = self._open().get(path)
            if answer.url.path == "/sign-in/":
                self._sign_in()
                answer = self._open().get(path)
        except httpx.HTTPError as error:
            raise OfficeFailedError(f"{self.node.party}: {type(error).__name__}: {error}") from error
        if answer.status_code != 200:
            raise OfficeFailedError(f"{self.node.party}: {path} answered {answer.status_code}.")
        return html.unescape(answer.text)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> httpx.Client:
        if self._client is None:
            headers = {"accept-language": "en"}
            self._client = httpx.Client(
                base_url=self.node.url, follow_redirects=True, timeout=20.0, trust_env=False, headers=headers
            )
        return self._client

    def _sign_in(self) -> None:
        form = self._open().get("/sign-in/")
        data = {"username": NAME, "password": PASSWORD, "csrfmiddlewaretoken": _token(form.text)}
        answer = self._open().post("/sign-in/", data=data)
        if answer.status_code != 200 or answer.url.path == "/sign-in/":
            raise OfficeFailedError(f"{self.node.party}: signing in is answered with {answer.status_code}.")

    def _found(self, name: str) -> str:
        """Where the result of an upload waits; empty where the node knows of none, or it failed."""
        page = self.see("/import")
        places = re.findall(rf'href="(/import/\d+)">{re.escape(name)}<', page)
        return next((place for place in places if place not in self._failed), "")

    def _upload(self, path: Path) -> str:
        token = _token(self.see("/import"))
        data = {"format": "jsonlines", "source": "storm", "csrfmiddlewaretoken": token}
        answer = self._open().post("/import", data=data, files={"upload": (path.name, path.read_bytes())})
        if answer.status_code != 200 or not re.fullmatch(r"/import/\d+", answer.url.path):
            raise OfficeFailedError(f"{self.node.party}: an upload is answered with {answer.status_code}.")
        return answer.url.path


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if found is None:
        raise OfficeFailedError("The page has no form.")
    return found[1]
