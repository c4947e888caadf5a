"""Our readers against Go's, Bundler's, Composer's and Elixir's own, on our samples; none of them needs a registry."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching import folders, formats
from seawall.clearinghouse.matching.formats.composer import parser as composer
from seawall.clearinghouse.matching.formats.gomod import parser as gomod
from seawall.clearinghouse.matching.formats.mix import parser as mix

HERE = Path(formats.__file__).parent


def samples(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((HERE / name / "samples.toml").read_text())["sample"]
    return found


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: its own reader cannot be asked")
    return found


def ask(*command: str, cwd: Path, data: str | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, input=data, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout


ODD_GO_MOD = """module "example.com/a"

go 1.18

require example.com/b v1.0.0 // indirect
require(
	"example.com/c" v1.2.3 // indirect; and why
)
replace example.com/b => ../b
replace example.com/c v1.2.3 => example.com/d v1.0.0
exclude (
	example.com/c v1.0.0
)
"""
GO_MODS = [*(sample["text"] for sample in samples("gomod")), ODD_GO_MOD]


@pytest.mark.parametrize("text", GO_MODS)
def test_go_mod(tmp_path: Path, text: str) -> None:
    # Go 1.19 and older know no toolchain line.
    text = text.replace("toolchain go1.22.4-custom\n", "")
    (tmp_path / "go.mod").write_text(text)
    theirs = json.loads(ask(tool("go"), "mod", "edit", "-json", cwd=tmp_path))
    ours = gomod.read(text.encode())
    assert (ours.module, ours.go) == (theirs["Module"]["Path"], theirs["Go"])
    required = [(item["Path"], item["Version"], item.get("Indirect", False)) for item in theirs["Require"]]
    assert sorted(ours.required) == sorted(required)
    assert ours.excluded == {(item["Path"], item["Version"]) for item in theirs["Exclude"] or ()}
    assert ours.replaced == {
        (item["Old"]["Path"], item["Old"].get("Version", "")): (item["New"]["Path"], item["New"].get("Version", ""))
        for item in theirs["Replace"] or ()
    }


BUNDLER = """
require "bundler"
require "json"
lock = Bundler::LockfileParser.new(STDIN.read)
puts JSON.generate(lock.specs.map { |s| [s.name, s.version.to_s, s.source.class.name.split("::").last] })
"""


def test_gemfile_lock(tmp_path: Path) -> None:
    ruby = tool("ruby")
    text = samples("gemfile")[0]["text"]
    (tmp_path / "Gemfile").touch()
    (tmp_path / "Gemfile.lock").write_text(text)
    theirs = json.loads(ask(ruby, "-e", BUNDLER, cwd=tmp_path, data=text))
    found = {(item.name, item.version): item for item in folders.read_file(tmp_path / "Gemfile.lock").listings}
    own = {"harbor"}  # the gem of the folder itself
    assert set(found) == {(name, version) for name, version, _ in theirs if name not in own}
    from_gems = {(name, version) for name, version, source in theirs if source == "Rubygems"}
    assert {identity for identity, item in found.items() if not item.why_not} == from_gems


def test_composer_lock(tmp_path: Path) -> None:
    program = tool("composer")
    sample = samples("composer")[0]
    (tmp_path / "composer.json").write_text(sample["beside"]["composer.json"])
    (tmp_path / "composer.lock").write_text(sample["text"])
    flags = ("--locked", "--format=json", "--no-interaction", "--no-plugins")
    theirs = json.loads(ask(program, "show", *flags, cwd=tmp_path))["locked"]
    needed = json.loads(ask(program, "show", *flags, "--no-dev", cwd=tmp_path))["locked"]
    found = composer.parse(sample["text"].encode()).listings
    # Composer shows a branch with its commit.
    assert {(item.name, item.version) for item in found} == {
        (item["name"].lower(), item["version"].partition(" ")[0]) for item in theirs
    }
    assert {item.name for item in found if item.scope != "dev"} == {item["name"].lower() for item in needed}


ELIXIR = """
{lock, _} = Code.eval_string(File.read!("mix.lock"))
for {name, term} <- lock do
  case term do
    t when elem(t, 0) == :hex -> IO.puts("#{name} hex #{elem(t, 1)} #{elem(t, 2)}")
    t -> IO.puts("#{name} #{elem(t, 0)}")
  end
end
"""


def test_mix_lock(tmp_path: Path) -> None:
    elixir = tool("elixir")
    text = samples("mix")[0]["text"]
    (tmp_path / "mix.lock").write_text(text)
    theirs = [line.split() for line in ask(elixir, "-e", ELIXIR, cwd=tmp_path).splitlines()]
    found = {(item.name, item.version) for item in mix.parse(text.encode()).listings}
    assert found == {
        (line[2], line[3]) if line[1] == "hex" else (line[0], "") for line in theirs if line[1] in {"hex", "git"}
    }
