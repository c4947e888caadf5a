"""Runs in the sandbox on a stranger's Python files, and runs nothing of theirs. Standard library only.

python look.py parse FILE              ends with 0 where it compiles
python look.py names FILE...           JSON: functions, classes and exports of each
python look.py probe FILE OUT PLACES   the file with a mark at each changed place, such as 12-15,20-19
"""

import ast
import json
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)
_MARK = """
def __seawall_reached__(place, _seen=set()):
    if place in _seen:
        return
    _seen.add(place)
    import os
    try:
        file = os.open("/report/reached", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.write(file, b"%d\\n" % place)
        os.close(file)
    except OSError:
        pass
"""
"""Notes a place once; a run's folder for reports is fresh."""
_Body = list[ast.stmt]


def parse(path: str) -> int:
    """Whether a file compiles; what comes of it is thrown away."""
    try:
        py_compile.compile(path, cfile="/tmp/compiled.pyc", doraise=True)  # noqa: S108 - the run's own
    except (py_compile.PyCompileError, *_FAILURES) as error:
        sys.stderr.write(f"{str(error).strip()[-300:]}\n")
        return 1
    return 0


def names(*paths: str) -> int:
    """Print what each file defines, with whether a function's body does nothing."""
    found: dict[str, Any] = {}
    for path in paths:
        try:
            tree = ast.parse(Path(path).read_bytes())
        except _FAILURES:
            continue
        functions: dict[str, bool] = {}
        _collect(tree.body, "", functions)
        found[path] = {"functions": functions, "exports": sorted(_exports(tree))}
    sys.stdout.write(json.dumps(found))
    return 0


def _collect(body: _Body, prefix: str, into: dict[str, bool]) -> None:
    """Functions and classes of a module and of its classes: whether their body does nothing."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            into[prefix + node.name] = _does_nothing(node.body)
        elif isinstance(node, ast.ClassDef):
            into[prefix + node.name] = False
            _collect(node.body, f"{prefix}{node.name}.", into)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                _collect(getattr(node, part, []), prefix, into)


def _does_nothing(body: _Body) -> bool:
    kept = [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if not kept:
        return True
    first = kept[0]
    if isinstance(first, ast.Return):
        return first.value is None or isinstance(first.value, ast.Constant | ast.Name)
    return isinstance(first, ast.Pass | ast.Raise)


def _exports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            values = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
            yield from (str(value.value) for value in values if isinstance(value, ast.Constant))


def probe(path: str, out: str, places: str, first: str) -> int:
    """Write the file with a mark before each statement that a changed place touches."""
    wanted = [tuple(int(number) for number in place.split("-")) for place in places.split(",")]
    try:
        tree = ast.parse(Path(path).read_bytes())
        _mark(tree.body, wanted, int(first))
        _put_helper(tree)
        text = ast.unparse(ast.fix_missing_locations(tree))
    except _FAILURES as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        return 1
    Path(out).write_text(text, encoding="utf-8", errors="surrogateescape")
    return 0


def _mark(body: _Body, wanted: list[tuple[int, ...]], number: int) -> None:
    """Put marks into a body, from its end, so that positions stay right."""
    for at in range(len(body) - 1, -1, -1):
        node = body[at]
        parts = [part for name in ("body", "orelse", "finalbody") if (part := getattr(node, name, None))]
        parts += [handler.body for handler in getattr(node, "handlers", [])]
        parts += [case.body for case in getattr(node, "cases", [])]
        hits = [place for place in range(len(wanted)) if _touches(_own_lines(node, parts), wanted[place])]
        for part in parts:
            _mark(part, wanted, number)
        marks: _Body = [_call(number + place) for place in hits]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # That a function is defined says nothing: it counts where it is called.
            node.body[_docstring(node.body) : _docstring(node.body)] = marks
        elif not isinstance(node, ast.ClassDef) and not _must_lead(node):
            body[at:at] = marks


def _own_lines(node: ast.stmt, parts: list[_Body]) -> tuple[int, int]:
    """The lines of a statement without those of the statements in it."""
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
    if not parts:
        return first, node.end_lineno or first
    return first, max(node.lineno, min(part[0].lineno for part in parts) - 1)


def _touches(lines: tuple[int, int], place: tuple[int, ...]) -> bool:
    # A seam (last before first) touches the statement on either side of it.
    low, high = min(place), max(place)
    return lines[0] <= high and low <= lines[1]


def _call(place: int) -> ast.stmt:
    name = ast.Name("__seawall_reached__", ast.Load())
    return ast.Expr(ast.Call(name, [ast.Constant(place)], []))


def _docstring(body: _Body) -> int:
    first = body[0] if body else None
    return int(
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )


def _must_lead(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _put_helper(tree: ast.Module) -> None:
    at = _docstring(tree.body)
    while at < len(tree.body) and _must_lead(tree.body[at]):
        at += 1
    tree.body[at:at] = ast.parse(_MARK).body


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    sys.exit(parse(*given) if what == "parse" else names(*given) if what == "names" else probe(*given))
