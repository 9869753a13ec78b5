# SPDX-License-Identifier: MIT
"""How the app is found, and what is said when it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness import build

sys.path.insert(0, str(build.build_folder() / "python"))

from penstock._loader import LoadError, load  # noqa: E402


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from, and forgotten after the test."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(path: Path, source: str) -> Path:
    """Makes a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return path


_APPS = """
def application(environ, start_response): return "application"
def app(environ, start_response): return "app"
def other(environ, start_response): return "other"
def create(): return other
class Site:
    def __call__(self, environ, start_response): return "object"
    def make(self): return self
site = Site()
number = 1
def broken(): return None
"""


@pytest.mark.parametrize(
    ("module", "name", "answer"),
    [
        ("apps", "", "application"),
        ("apps:app", "", "app"),
        ("apps", "other", "other"),
        ("apps:other", "app", "other"),
        ("apps:", "app", "app"),
        ("apps:create()", "", "other"),
        ("apps", "create()", "other"),
        ("apps:site", "", "object"),
        ("apps:site.make()", "", "object"),
        ("apps:Site()", "", "object"),
        ("package.apps:app", "", "app"),
    ],
)
def test_finds_the_callable_of_a_module(site: Path, module: str, name: str, answer: str) -> None:
    write(site / "apps.py", _APPS)
    write(site / "package/__init__.py", "")
    write(site / "package/apps.py", _APPS)
    assert load(module, "", name)({}, None) == answer


def test_takes_app_where_there_is_no_application(site: Path) -> None:
    write(site / "apps.py", "def app(environ, start_response): return 'app'")
    assert load("apps", "", "")({}, None) == "app"


@pytest.mark.parametrize("name", ["site.py", "site.wsgi", "with-dash.py", "no_ending", "sub/deep.py"])
def test_runs_a_file(site: Path, name: str) -> None:
    write(site / name, _APPS)
    assert load("", name, "")({}, None) == "application"
    assert load("", str(site / name), "other")({}, None) == "other"
    assert load("", f"{name}:app", "")({}, None) == "app"


def test_names_a_file_as_uwsgi_does(site: Path) -> None:
    write(site / "sub" / "my.app.py", "app = lambda: __name__")
    assert load("", "sub/my.app.py", "")() == "uwsgi_file_sub_my_app"
    assert load("", "./sub/my.app.py", "")() == "uwsgi_file___sub_my_app"
    assert "uwsgi_file_sub_my_app" in sys.modules


def test_lets_a_file_import_its_neighbours_but_not_hide_other_modules(site: Path) -> None:
    write(site / "sub" / "neighbour.py", "NAME = 'neighbour'")
    write(site / "sub" / "json.py", "raise AssertionError('the standard library goes first')")
    sys.modules.pop("json", None)
    write(site / "sub" / "main.py", "import json, neighbour\napp = lambda: neighbour.NAME")
    assert load("", "sub/main.py", "")() == "neighbour"


def test_says_where_it_looked_for_a_module(site: Path) -> None:
    with pytest.raises(LoadError) as error:
        load("nowhere_to_be_found:app", "", "")
    assert "nowhere_to_be_found" in str(error.value)
    assert str(site) in str(error.value)


def test_says_which_part_of_a_dotted_name_is_missing(site: Path) -> None:
    write(site / "package" / "__init__.py", "")
    with pytest.raises(LoadError) as error:
        load("package.wsgi", "", "")
    assert "there is no module package.wsgi" in str(error.value)
    assert str(site / "package") in str(error.value)
    with pytest.raises(LoadError, match="there is no module missing,"):
        load("missing.wsgi", "", "")


@pytest.mark.parametrize("name", ["app.py", "./app", "folder/app.py"])
def test_recognises_a_file_that_is_given_as_a_module(name: str) -> None:
    with pytest.raises(LoadError, match="--wsgi-file"):
        load(name, "", "")


def test_says_which_file_is_missing(site: Path) -> None:
    with pytest.raises(LoadError) as error:
        load("", "absent.py", "")
    assert "absent.py" in str(error.value)
    assert str(site / "absent.py") in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", ["neither application nor app", "--callable", "It has: create, thing"]),
        ("missing", ["the module bare has no missing", "It has: create, thing"]),
        ("thing.part", ["has no thing.part"]),
        ("VALUE", ["VALUE is not callable", "int"]),
        ("VALUE()", ["VALUE is not callable", "int"]),
        ("create()", ["what create() returns is not callable", "NoneType"]),
        ("create(1)", ["'create(1)' is not a name"]),
        ("a b", ["'a b' is not a name"]),
    ],
)
def test_says_what_the_module_has_instead(site: Path, name: str, words: list[str]) -> None:
    write(site / "bare.py", "VALUE = 1\n_hidden = print\ndef create(): pass\ndef thing(): pass")
    with pytest.raises(LoadError) as error:
        load("bare", "", name)
    for word in words:
        assert word in str(error.value)
    assert "_hidden" not in str(error.value)


def test_says_that_a_module_is_empty(site: Path) -> None:
    write(site / "void.py", "")
    with pytest.raises(LoadError, match="nothing that can be called"):
        load("void", "", "")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import not_installed_anywhere", ModuleNotFoundError),
        ("import package_of_mine.missing", ModuleNotFoundError),
        ("from package_of_mine import missing", ImportError),
        ("1 / 0", ZeroDivisionError),
        ("def broken(:", SyntaxError),
        ("raise SystemExit(3)", SystemExit),
        ("def app(): return undefined", None),
    ],
)
@pytest.mark.parametrize("how", ["module", "file"])
def test_lets_the_apps_own_errors_through(
    site: Path, source: str, kind: type[BaseException] | None, how: str
) -> None:
    write(site / "package_of_mine" / "__init__.py", "")
    write(site / "mine.py", source)
    arguments = ("mine", "", "app") if how == "module" else ("", "mine.py", "app")
    if kind is None:
        load(*arguments)
        return
    with pytest.raises(kind):
        load(*arguments)
    assert "uwsgi_file_mine" not in sys.modules


def test_lets_a_factorys_error_through(site: Path) -> None:
    write(site / "mine.py", "def create(): raise ValueError('no app today')")
    with pytest.raises(ValueError, match="no app today"):
        load("mine:create()", "", "")


@pytest.mark.parametrize(
    "source",
    [
        "async def app(scope, receive, send): pass",
        "class Asgi:\n    async def __call__(self, scope, receive, send): pass\napp = Asgi()",
    ],
)
def test_recognises_an_asgi_app(site: Path, source: str) -> None:
    write(site / "modern.py", source)
    with pytest.raises(LoadError, match="ASGI"):
        load("modern:app", "", "")


def test_asks_modules_that_make_their_names(site: Path) -> None:
    """PEP 562."""
    write(
        site / "dynamic.py",
        "def __getattr__(name):\n"
        "    if name == 'app': return lambda: 'made'\n"
        "    raise AttributeError(name)\n",
    )
    assert load("dynamic", "", "")() == "made"


def test_takes_a_module_that_replaces_itself(site: Path) -> None:
    replacement = ModuleType("replaced")
    replacement.app = lambda: "replaced"  # type: ignore[attr-defined]
    sys.modules["a_replacement_of_ours"] = replacement
    write(
        site / "replaced.py",
        "import sys\nsys.modules[__name__] = sys.modules['a_replacement_of_ours']",
    )
    assert load("replaced", "", "")() == "replaced"
