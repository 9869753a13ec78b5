# SPDX-License-Identifier: MIT
"""Headless Chromium, by the WebDriver protocol (W3C) of chromedriver."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from .build import PATIENCE
from .child import Child

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class Browser:
    """One browser window. Used as a context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._driver = Child(
            ["chromedriver", "--port=0"],
            folder=folder,
            ready=r"started successfully on port \d+",
        )
        try:
            port = self._driver.log.wait_for(r"started successfully on port (\d+)")[1]
            self._base = f"http://127.0.0.1:{port}"
            options = {"args": [*_FLAGS, f"--user-data-dir={folder}/profile"]}
            wanted = {"alwaysMatch": {"goog:chromeOptions": options}}
            session = self._call("POST", "/session", {"capabilities": wanted})["sessionId"]
            self._base += f"/session/{session}"
        except BaseException:
            self._end_driver()
            raise

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._end_driver()

    def _end_driver(self) -> None:
        self._driver.send_signal(9)  # it has no orderly end of its own
        self._driver.wait()
        self._driver.close()

    def open(self, url: str) -> None:
        """Loads a page."""
        self._call("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:
        """What JavaScript in the page returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def move_to(self, selector: str) -> None:
        """Puts the pointer on an element."""
        origin = {_ELEMENT: self._find(selector)}
        move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin}
        mouse = {"type": "pointer", "id": "mouse", "actions": [move]}
        self._call("POST", "/actions", {"actions": [mouse]})

    def prefer_dark(self) -> None:
        """As a reader whose system is dark."""
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        command = {
            "cmd": "Emulation.setEmulatedMedia",
            "params": {"features": [feature]},
        }
        self._call("POST", "/goog/cdp/execute", command)

    def text(self, selector: str) -> str:
        """The text that an element shows."""
        return self._call("GET", f"/element/{self._find(selector)}/text")

    def click(self, selector: str) -> None:
        """Clicks on an element, as a person would: it must be visible and enabled."""
        self._call("POST", f"/element/{self._find(selector)}/click", {})

    def is_enabled(self, selector: str) -> bool:
        """Whether a form's element is."""
        return self._call("GET", f"/element/{self._find(selector)}/enabled")

    def wait_text(self, selector: str, part: str) -> str:
        """Waits until an element's text has a part; gives the text."""
        deadline = time.monotonic() + PATIENCE
        while part not in (text := self.text(selector)):
            assert time.monotonic() < deadline, f"{selector} shows {text!r}, not {part!r}"
            time.sleep(0.02)
        return text

    def _find(self, selector: str) -> str:
        query = {"using": "css selector", "value": selector}
        return self._call("POST", "/element", query)[_ELEMENT]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)["value"]
