"""The words that test files expect of pytest, so that somebody else's test is a proof as it stands. Standard library only.

What a test asserts decides nothing. Fixtures of the file itself work, and of pytest's own tmp_path, tmpdir, monkeypatch and
capsys; marks are taken and ignored, but for parametrize and skip.
"""

import asyncio
import contextlib
import importlib.util
import inspect
import io
import os
import re
import runpy
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Call = Callable[..., Any]
DEPTH_MAX = 20
"""Fixtures that ask for fixtures."""


class _Skipped(Exception):
    """A test asked to be left out."""


class _Mark:
    def __getattr__(self, name: str) -> Call:
        def mark(*args: Any, **named: Any) -> Any:
            if len(args) == 1 and not named and callable(args[0]) and name != "parametrize":
                return _marked(args[0], name, ())
            return lambda function: _marked(function, name, args)

        return mark


def _marked(function: Any, name: str, args: tuple[Any, ...]) -> Any:
    function.seawall_marks = [*getattr(function, "seawall_marks", []), (name, args)]
    return function


def _fixture(function: Call | None = None, **named: Any) -> Any:
    def mark(inner: Call) -> Call:
        inner.seawall_fixture = named  # type: ignore[attr-defined] # a note on a function
        return inner

    return mark(function) if function else mark


@contextlib.contextmanager
def _raises(*kinds: Any, match: str = "") -> Iterator[Any]:
    seen = types.SimpleNamespace(value=None, type=None)
    try:
        yield seen
    except kinds as error:
        seen.value, seen.type = error, type(error)
        if match and not re.search(match, str(error)):
            raise AssertionError(f"{error!s} does not match {match}") from error
    else:
        raise AssertionError(f"{kinds} was not raised")


def _raise(kind: type[Exception]) -> Call:
    def act(reason: str = "", **_: Any) -> None:
        raise kind(reason)

    return act


class _MonkeyPatch:
    """Sets things and puts them back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def setattr(self, holder: Any, name: str, value: Any, **_: Any) -> None:
        old = getattr(holder, name, None)
        self._undo.append(lambda: setattr(holder, name, old))
        setattr(holder, name, value)

    def setenv(self, name: str, value: str, **_: Any) -> None:
        self._undo.append(lambda: self.delenv(name))
        os.environ[name] = value

    def delenv(self, name: str, **_: Any) -> None:
        os.environ.pop(name, None)

    def chdir(self, path: Any) -> None:
        old = Path.cwd()
        self._undo.append(lambda: os.chdir(old))
        os.chdir(path)

    def syspath_prepend(self, path: Any) -> None:
        sys.path.insert(0, str(path))

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()


class _Captured:
    """Gives what was printed, and prints it after all."""

    def __init__(self) -> None:
        self._out, self._err = sys.stdout, sys.stderr
        self._kept = io.StringIO(), io.StringIO()
        sys.stdout, sys.stderr = self._kept

    def readouterr(self) -> Any:
        out, err = (kept.getvalue() for kept in self._kept)
        self._out.write(out)
        self._err.write(err)
        self._kept = io.StringIO(), io.StringIO()
        sys.stdout, sys.stderr = self._kept
        return types.SimpleNamespace(out=out, err=err)

    def close(self) -> None:
        self.readouterr()
        sys.stdout, sys.stderr = self._out, self._err


def _words() -> types.ModuleType:
    module = types.ModuleType("pytest")
    for name, word in {
        "mark": _Mark(), "fixture": _fixture, "raises": _raises, "skip": _raise(_Skipped), "fail": _raise(AssertionError),
        "importorskip": importlib.import_module, "param": lambda *values, **_: values, "approx": lambda value, **_: value,
        "main": lambda *_: 0, "MonkeyPatch": _MonkeyPatch, "warns": lambda *_, **__: contextlib.nullcontext(),
    }.items():  # fmt: skip
        setattr(module, name, word)
    return module


class _Needs:
    """Finds what a test asks for by the names of its parameters, and cleans up after it."""

    def __init__(self, fixtures: dict[str, Call]) -> None:
        self._fixtures = fixtures
        self._made: dict[str, Any] = {}
        self._after: list[Callable[[], Any]] = []

    def get(self, name: str, depth: int = 0) -> Any:
        if name not in self._made:
            self._made[name] = self._fresh(name, depth)
        return self._made[name]

    def _fresh(self, name: str, depth: int) -> Any:
        if name in self._fixtures and depth < DEPTH_MAX:
            function = self._fixtures[name]
            made = function(**{need: self.get(need, depth + 1) for need in inspect.signature(function).parameters})
            if inspect.isgenerator(made):
                self._after.append(lambda: next(made, None))
                return next(made)
            return made
        if name in {"tmp_path", "tmpdir"}:
            return Path(tempfile.mkdtemp())
        if name == "monkeypatch":
            patch = _MonkeyPatch()
            self._after.append(patch.undo)
            return patch
        if name in {"capsys", "capfd"}:
            captured = _Captured()
            self._after.append(captured.close)
            return captured
        raise LookupError(f"there is no fixture {name}")

    def clean(self) -> None:
        while self._after:
            self._after.pop()()


def _cases(space: dict[str, Any]) -> Iterator[tuple[str, Call]]:
    for name, thing in list(space.items()):
        if name.startswith("test") and inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing) and (name.startswith("Test") or hasattr(thing, "assertEqual")):
            for method in sorted(vars(thing)):
                if method.startswith("test"):
                    yield f"{name}.{method}", _method(thing, method)


def _method(kind: type, name: str) -> Call:
    made = kind(name) if hasattr(kind, "assertEqual") else kind()
    method: Call = getattr(made, name)
    set_up, tear_down = (
        getattr(made, before, None) or getattr(made, other, None)
        for before, other in (("setUp", "setup_method"), ("tearDown", "teardown_method"))
    )

    def call(**needs: Any) -> Any:
        if set_up:
            set_up()
        try:
            return method(**needs)
        finally:
            if tear_down:
                tear_down()

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined] # what inspect looks for
    call.seawall_marks = getattr(method, "seawall_marks", [])  # type: ignore[attr-defined] # as above
    return call


def _rows(function: Call) -> Iterator[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{}]
    for name, args in getattr(function, "seawall_marks", []):
        if name != "parametrize" or len(args) < 2:  # noqa: PLR2004 - names and values
            continue
        names = [part.strip() for part in args[0].split(",")] if isinstance(args[0], str) else list(args[0])
        values = [row if len(names) > 1 else [row] for row in args[1]]
        rows = [{**known, **dict(zip(names, row, strict=False))} for known in rows for row in values]
    yield from rows


def _run(function: Call, row: dict[str, Any], fixtures: dict[str, Call]) -> None:
    needs = _Needs(fixtures)
    try:
        for name, fixture in fixtures.items():
            if getattr(fixture, "seawall_fixture", {}).get("autouse"):
                needs.get(name)
        names = inspect.signature(function).parameters
        result = function(**{name: row[name] if name in row else needs.get(name) for name in names})
        if inspect.iscoroutine(result):
            asyncio.run(result)
    finally:
        needs.clean()


def run(path: str) -> int:
    """Run the tests of a file; the exit code says whether all passed, and decides nothing."""
    if importlib.util.find_spec("pytest") is None:
        sys.modules["pytest"] = _words()
    space = runpy.run_path(path, run_name=Path(path).stem)
    fixtures = {name: thing for name, thing in space.items() if hasattr(thing, "seawall_fixture")}
    failed = 0
    for name, function in _cases(space):
        if any(mark in {"skip", "skipif"} for mark, _ in getattr(function, "seawall_marks", [])):
            continue
        for row in _rows(function):
            try:
                _run(function, row, fixtures)
                word = "passed"
            except _Skipped:
                word = "skipped"
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a test that fails ends only itself
                failed += 1
                # Not its text: a comparison that fails must not give away what the script itself has read.
                where = traceback.extract_tb(error.__traceback__)[-1]
                word = f"failed: {type(error).__name__} in {where.filename}:{where.lineno}"
            print(f"  {name}: {word}", flush=True)  # noqa: T201 - for people
    return 1 if failed else 0
