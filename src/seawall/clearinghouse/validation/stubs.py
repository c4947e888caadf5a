"""Inert stubs: a package with the target's name that can be called in every way and does nothing.

They stand in for a fixed version where there is none. A script that has its effect by itself, without the package, has it
beside a stub as well, so a stub that stays silent says that the package took part. It says less than a fixed version: what
the script would do on a package that works and has not the flaw is not seen. The verdict says which of the two it was.

Whatever is asked of a stub is again the stub; a callback is called with it, and awaiting it ends at once, so that a script
runs to its end rather than stopping at the first thing that is missing. What the package depends on stays as it is.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.types import Manifest, Runtime

_JS = """'use strict';
const inert = new Proxy(function () {}, {
  get(target, name) {
    if (name === 'then' || name === '__esModule') return undefined;
    if (name === Symbol.toPrimitive) return () => '';
    if (name === Symbol.iterator) return function* () {};
    if (name === 'prototype') return target.prototype;
    if (name === 'toString' || name === 'toJSON') return () => '';
    return inert;
  },
  set: () => true,
  has: () => true,
  apply(target, self, args) { callBack(args); return inert; },
  construct(target, args) { callBack(args); return inert; },
});
let calls = 0;
function callBack(args) {
  const last = args[args.length - 1];
  if (typeof last === 'function' && last !== inert && calls++ < 1000) setImmediate(last, null, inert, inert);
}
module.exports = inert;
"""
_PY = '''"""An inert stub."""
import importlib.abc as _abc, importlib.machinery as _machinery, sys as _sys, types as _types

class _Inert(_types.ModuleType):
    def __init__(self, *args, **named):
        super().__init__("inert")
        self.__path__ = []
    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _inert
    def __call__(self, *args, **named):
        if len(args) == 1 and not named and isinstance(args[0], (_types.FunctionType, type)):
            return args[0]
        return _inert
    def __setattr__(self, name, value):
        if name.startswith("__"):
            super().__setattr__(name, value)
    def __getitem__(self, key): return _inert
    def __setitem__(self, key, value): pass
    def __iter__(self): return iter(())
    def __len__(self): return 0
    def __enter__(self): return _inert
    def __exit__(self, *args): return False
    def __str__(self): return ""
    def __bytes__(self): return b""
    def __int__(self): return 0
    def __mro_entries__(self, bases): return ()
    def __await__(self):
        return _inert
        yield
_inert = _Inert()

class _Finder(_abc.MetaPathFinder, _abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(__name__ + "."):
            return _machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec): return _Inert()
    def exec_module(self, module): pass

if "." not in __name__:
    _sys.meta_path.insert(0, _Finder())
    _sys.modules[__name__].__class__ = _Inert
'''
VERSION = "2"
"""Raise when a stub becomes another."""


def stub(cache: Path, manifest: Manifest, built: Built) -> Built:
    """A copy of a built target in which the package itself is inert."""
    digest = str(built.facts.get("digest", ""))

    def build(tree: Path) -> dict[str, Any]:
        shutil.copytree(built.folder / "tree", tree, symlinks=True, dirs_exist_ok=True)
        if manifest.runtime is Runtime.NODE:
            _stub_npm(tree / "node_modules" / manifest.package_name, manifest)
        else:
            _stub_pypi(tree, manifest)
        return {"registry": "inert stub", "of": digest}

    recipe = {"stub": VERSION, "of": digest, "package": manifest.package_name, "js": _JS, "py": _PY}
    return cached(cache, recipe, build)


def _stub_npm(folder: Path, manifest: Manifest) -> None:
    """Every module of the package's own becomes the stub, whatever path it is asked for by; its programs end at once."""
    for path in sorted(folder.rglob("*")):
        if "node_modules" in path.relative_to(folder).parts or path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            is_program = file.read(2) == b"#!"
        if is_program:
            path.write_text("#!/usr/bin/env node\n", encoding="ascii")
        elif path.suffix in {".js", ".cjs", ".mjs", ".node", ".ts"}:
            path.write_text("export default undefined;\n" if path.suffix == ".mjs" else _JS, encoding="ascii")
    (folder / "seawall-stub.js").write_text(_JS, encoding="ascii")
    described = {"name": manifest.package_name, "version": manifest.vulnerable, "main": "seawall-stub.js"}
    (folder / "package.json").write_text(json.dumps(described), encoding="ascii")


def _stub_pypi(tree: Path, manifest: Manifest) -> None:
    """Every top-level module of the distribution becomes the stub."""
    for name in _modules(tree, manifest.package_name):
        if (tree / name).is_dir():
            shutil.rmtree(tree / name)
        (tree / f"{name}.py").unlink(missing_ok=True)
        (tree / name).mkdir()
        (tree / name / "__init__.py").write_text(_PY, encoding="ascii")


def _modules(tree: Path, package: str) -> list[str]:
    wanted = re.sub(r"[-_.]+", "-", package).lower()
    found: set[str] = set()
    for info in tree.glob("*.dist-info"):
        if re.sub(r"[-_.]+", "-", info.name.removesuffix(".dist-info").rpartition("-")[0]).lower() != wanted:
            continue
        for line in (info / "RECORD").read_text("utf-8", "replace").splitlines():
            path = line.split(",")[0]
            first, _, rest = path.partition("/")
            name = first if rest else first.removesuffix(".py") if first.endswith(".py") else ""
            if re.fullmatch(r"[A-Za-z_]\w*", name) and name != "__pycache__":
                found.add(name)
    return sorted(found)
