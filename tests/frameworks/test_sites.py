# SPDX-License-Identifier: MIT
"""Real frameworks, unmodified: forms, sessions that outlive a process, uploads, streams."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from harness.start import starter
from harness.server import Penstock

SITES = Path(__file__).parent / "sites"


_SITES = {
    "django": ["-w", "django_site"],
    "flask": ["-w", "flask_site:app"],
    "pyramid": ["-w", "pyramid_site:create()"],
    "cherrypy": ["-w", "cherrypy_site"],
    "webpy": ["-w", "webpy_site"],
    "bottle": ["-w", "bottle_site", "--callable", "app"],
    "paste": ["-w", "paste_site"],
    "beaker": ["--wsgi-file", str(SITES / "beaker_site.py")],
}

_DJANGO_SETUP = """
import django_site
from django.core.management import call_command
from django.contrib.auth import get_user_model
call_command("migrate", verbosity=0)
get_user_model().objects.create_superuser("admin", "a@penstock.test", "secret")
"""


@dataclass
class Served:
    """A site that is served, and a client with its cookies."""

    name: str
    server: Penstock
    base: str
    client: requests.Session

    def post(self, path: str, **arguments: object) -> requests.Response:
        """A form, with Django's token where it must be."""
        if self.name == "django":
            token = self.client.get(self.base).text
            self.client.headers["X-CSRFToken"] = token
        return self.client.post(self.base + path, timeout=60, **arguments)  # type: ignore[arg-type]

    def get(self, path: str) -> requests.Response:
        """A page."""
        return self.client.get(self.base + path, timeout=60)


@pytest.fixture(scope="module", params=sorted(_SITES))
def running(request: pytest.FixtureRequest, shared_folder: Path) -> Iterator[tuple[str, Penstock]]:
    """Each site, with two processes of two threads."""
    folder = shared_folder / request.param
    folder.mkdir()
    variables = {"SITE_FOLDER": str(folder)}
    if request.param == "django":
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _DJANGO_SETUP],
            check=True,
            cwd=SITES,
            env={**variables, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    with starter(folder) as start:
        server = start(
            *("--http-socket", "127.0.0.1:0", "--pythonpath", SITES, "-p", "2", "--threads", "2"),
            *_SITES[request.param],
            environment=variables,
        )
        server.worker_pids(2)
        yield request.param, server


@pytest.fixture
def site(running: tuple[str, Penstock]) -> Iterator[Served]:
    """A site with a client that it has not seen yet."""
    name, server = running
    with requests.Session() as client:
        client.trust_env = False
        yield Served(name, server, f"http://{server.http.text}", client)


def test_shows_a_page(site: Served) -> None:
    response = site.get("/")
    assert response.status_code == 200
    assert response.text


def test_keeps_a_session_over_requests_and_processes(site: Served) -> None:
    assert site.get("/me").text == "nobody"
    response = site.post("/login", data={"name": "Zoë & Co"})
    assert response.status_code == 200
    assert response.url == site.base + "/me", "after a redirect"
    assert response.text == "Zoë & Co"
    for _ in range(10):
        # A new connection each time: so both processes get to answer.
        site.client.headers["Connection"] = "close"
        response = site.get("/me")
        response.encoding = "utf-8"
        assert response.text == "Zoë & Co"
    with requests.Session() as stranger:
        stranger.trust_env = False
        assert stranger.get(site.base + "/me", timeout=60).text == "nobody"


@pytest.mark.parametrize("size", [0, 10, 100_000, 3_000_000])
def test_takes_a_file(site: Served, size: int) -> None:
    data = (hashlib.sha512(b"file").digest() * (size // 64 + 1))[:size]
    response = site.post(
        "/upload", data={"note": "ä note"}, files={"file": ("picture.png", data, "image/png")}
    )
    assert response.status_code == 200, response.text
    assert response.json() == {
        "note": "ä note",
        "name": "picture.png",
        "size": size,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def test_takes_a_form_and_a_file_in_one_session(site: Served) -> None:
    site.post("/login", data={"name": "uploader"})
    site.post("/upload", data={"note": "n"}, files={"file": ("a.txt", b"abc", "text/plain")})
    assert site.get("/me").text == "uploader"


def test_streams(site: Served) -> None:
    response = site.get("/stream")
    assert response.text == "".join(f"line {number}\n" for number in range(1000))
    assert "Content-Length" not in response.headers


def test_answers_head(site: Served) -> None:
    response = site.client.head(site.base + "/me", timeout=60)
    assert response.content == b""
    assert response.status_code in (200, 404, 405)
    assert site.get("/me").status_code == 200


def test_shows_its_own_error_page(site: Served) -> None:
    start = site.server.log.size
    response = site.get("/fail")
    assert response.status_code == 500
    assert "on purpose" not in response.text or site.name == "cherrypy"
    site.server.log.wait_for("the site fails on purpose", start=start)
    assert site.get("/").status_code == 200


def test_knows_no_page_of_that_name(site: Served) -> None:
    assert site.get("/nowhere").status_code == 404


@pytest.mark.parametrize("running", ["django"], indirect=True)
def test_django_admin_lets_its_user_in(site: Served) -> None:
    page = site.get("/admin/")
    assert page.url.startswith(site.base + "/admin/login/")
    form = {
        "username": "admin",
        "password": "secret",
        "csrfmiddlewaretoken": site.client.cookies["csrftoken"],
        "next": "/admin/auth/user/",
    }
    page = site.client.post(page.url, data=form, headers={"Referer": page.url}, timeout=60)
    assert page.status_code == 200
    assert "a@penstock.test" in page.text


@pytest.mark.parametrize("running", ["beaker"], indirect=True)
def test_beaker_caches_for_all_processes(site: Served) -> None:
    site.client.headers["Connection"] = "close"
    values = {site.get("/cached").text for _ in range(20)}
    assert len(values) == 1
    pid, call = values.pop().split()
    assert int(pid) in site.server.worker_pids(2)
    assert call == "1"
