"""Rust crates are compiled with their driver, and only a panic that comes out of the crate counts."""

import os
import shutil
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, zipped

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("cargo") is None, reason="Rust is not installed: apt-get install cargo"),
]
CRATE = """
pub struct Berths(Vec<&'static str>);
impl Berths {
    pub fn new() -> Self { Berths(vec!["gull", "tern"]) }
    #[inline(never)]
    pub fn at(&self, number: usize) -> &'static str {
        GUARD
        self.0[number]
    }
}
"""
GUARD = 'if number >= self.0.len() { return ""; }'
DRIVER = """
pub fn drive(path: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    BEFORE
    println!("{}", pier::Berths::new().at(text.trim().len()));
}
"""
TOML = '[package]\nname = "pier"\nversion = "0.1.0"\nedition = "2021"\n'
WIDER = {"at_most": None}
TOOLS = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have another home, where rustup would look for its tool chains."""
    monkeypatch.setenv("RUSTUP_HOME", TOOLS)


def proof(
    flawed: str = "", *, before: str = "", oracle: str = "uncaught-exception", toml: str = TOML, more: str = ""
) -> bytes:
    exception = 'exception = "panic"\n' if oracle == "uncaught-exception" else ""
    manifest = (
        'schema = "seawall.proof/1"\n[target]\npackage = "pkg:generic/harbor/pier"\nvulnerable = "1"\nfixed = "2"\n'
        'vulnerable_tree = "old"\nfixed_tree = "new"\n[claim]\nfailure = "denial-of-service"\n'
        '[run]\nruntime = "rust"\ninput = "input"\ncontrol = "control"\n[build]\nmain = "driver.rs"\n'
        f'[oracle]\nkind = "{oracle}"\n{exception}'
    )
    files = {
        "proof.toml": manifest, "driver.rs": DRIVER.replace("BEFORE", before), "input": "far too long", "control": "a",
        "old/Cargo.toml": toml, "new/Cargo.toml": toml,
        "old/src/lib.rs": more + CRATE.replace("GUARD", flawed), "new/src/lib.rs": more + CRATE.replace("GUARD", GUARD),
    }  # fmt: skip
    return zipped({name: content.encode() for name, content in files.items()})


def test_a_panic_of_a_crate_is_confirmed_every_time(judge: Judge) -> None:
    result = judge(proof(), runs=5, **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.reasons[:2] == ("Triggered 5 of 5 times on harbor/pier 1.", "Triggered 0 of 5 times on 2.")
    assert result.signature == "exception/1:panic@lib.at"


@pytest.mark.parametrize(
    ("flawed", "before"),
    [
        (GUARD, 'if text.len() > 5 { panic!("mine"); }'),
        (GUARD, 'let _ = std::thread::spawn(|| panic!("elsewhere")).join();'),
        (f"let _ = std::panic::catch_unwind(|| panic!()); {GUARD}", ""),
        (
            f"if number > 5 {{ eprintln!(\"thread 'main' panicked at src/lib.rs:7\"); std::process::exit(66); }} {GUARD}",
            "",
        ),
    ],
    ids=["the driver's", "another thread's", "one that is caught", "one that is only said"],
)
def test_no_other_panic_counts(flawed: str, before: str, judge: Judge) -> None:
    result = judge(proof(flawed, before=before), **WIDER)
    assert result.verdict is Verdict.NOT_REPRODUCED, (result.summary, result.reasons, result.runs)


def test_what_aborts_is_seen_as_a_signal(judge: Judge) -> None:
    deep = "if number > 5 { return deep(number, [0; 64]); }"
    more = """
#[inline(never)]
fn deep(at: usize, room: [usize; 64]) -> &'static str {
    if at == 0 { return ""; }
    let found = deep(at + unsafe { std::ptr::read_volatile(&room[0]) }, room);
    if unsafe { std::ptr::read_volatile(&room[1]) } == 1 { "" } else { found }
}
"""
    result = judge(proof(deep, oracle="signal", more=more), **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert "SIGABRT" in result.runs[-1].why + result.runs[-2].why


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (f'{TOML}[dependencies]\nbuoys = "1"\n', "buoys"),
        (TOML.replace("pier", "../pier"), "name is none"),
        ("[package]\n", "names no package"),
        (f"{'[' * 5000}", "names no package"),
    ],
    ids=["wants the network", "a name that is a path", "no name", "nested"],
)
def test_a_crate_that_cannot_be_built_is_errored(toml: str, says: str, judge: Judge) -> None:
    result = judge(proof(toml=toml), **WIDER)
    assert result.verdict is Verdict.ERRORED
    assert says in result.summary


def test_a_build_program_that_leads_elsewhere_gets_nowhere(judge: Judge) -> None:
    hostile = 'build = "src/lib.rs"\n'
    away = (
        'pub fn main() { std::fs::rename("/out/made/release", "/out/made/kept").ok();'
        ' std::os::unix::fs::symlink("/usr/bin", "/out/made/release").ok(); std::process::exit(0); }\n'
    )
    result = judge(proof(toml=TOML + hostile, more=away), **WIDER)
    assert result.verdict is Verdict.ERRORED, (result.summary, result.reasons)


def test_a_missing_tool_chain_is_ours_and_no_verdict(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters.shutil, "which", lambda _: None)
    with pytest.raises(Infrastructure, match=r"Rust is not installed.*apt-get install cargo"):
        judge(proof(), **WIDER)
