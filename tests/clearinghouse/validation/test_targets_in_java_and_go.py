"""Java and Go libraries are compiled with their driver, and only what comes out of the library counts."""

import io
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, zipped

pytestmark = pytest.mark.sandbox

LIBRARY = """
package pier;
public class Pier {
    public static int depth(String text, int at) { return at < LIMIT && text.charAt(at) == '(' ? 1 + depth(text, at + 1) : 0; }
}
"""
DRIVER = """
import java.nio.file.*;
public class Driver {
    public static void main(String[] arguments) throws Exception {
        String text = Files.readString(Path.of(arguments[0]));
        System.out.println(pier.Pier.depth(text, 0));
        AFTER
    }
}
"""
GO_LIBRARY = "package pier\n\nfunc Berth(names []string, at int) string {\n\tGUARD\n\treturn names[at]\n}\n"
GO_DRIVER = """package main

import (
	"fmt"
	"os"

	"harbor/pier"
)

func drive(path string) {
	text, _ := os.ReadFile(path)
	fmt.Println(pier.Berth([]string{"gull", "tern"}, len(text)))
}
"""
NO_JAVA = pytest.mark.skipif(shutil.which("javac") is None, reason="a JDK is not installed")
NO_GO = pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")


def manifest(runtime: str, main: str, exception: str, oracle: str = "uncaught-exception") -> str:
    said = f'exception = "{exception}"\n' if exception else ""
    return (
        'schema = "seawall.proof/1"\n[target]\npackage = "pkg:generic/harbor/pier"\nvulnerable = "1"\nfixed = "2"\n'
        'vulnerable_tree = "old"\nfixed_tree = "new"\n[claim]\nfailure = "denial-of-service"\n'
        f'[run]\nruntime = "{runtime}"\ninput = "input"\ncontrol = "control"\n[build]\nmain = "{main}"\n'
        f'[oracle]\nkind = "{oracle}"\n{said}'
    )


def jar(limit: str) -> bytes:
    """A jar of the library, compiled here: it is our own."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "Pier.java"
        source.write_text(LIBRARY.replace("LIMIT", limit))
        subprocess.run(["javac", "-d", folder, str(source)], check=True)
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("pier/Pier.class", (Path(folder) / "pier" / "Pier.class").read_bytes())
    return data.getvalue()


@pytest.fixture(scope="session")
def jars() -> tuple[bytes, bytes]:
    """Without and with a bound."""
    return jar("text.length()"), jar("Math.min(text.length(), 50)")


def in_java(
    jars: tuple[bytes, bytes], *, driver: str = DRIVER, exception: str = "java.lang.StackOverflowError"
) -> bytes:
    text = manifest("java", "Driver.java", exception)
    files = {"proof.toml": text, "Driver.java": driver.replace("AFTER", ""), "input": "(" * 60_000, "control": "(()"}
    trees = {"old/lib/pier.jar": jars[0], "new/lib/pier.jar": jars[1]}
    return zipped({**{name: content.encode() for name, content in files.items()}, **trees})


MADE_UP = (
    "Error made = new StackOverflowError(); made.setStackTrace(new StackTraceElement[] {"
    'new StackTraceElement("pier.Pier", "depth", "Pier.java", 1)}); throw made;'
)
WIDER = {"at_most": None}
"""A JVM needs more than the tests' small limits."""


@NO_JAVA
def test_a_flaw_of_a_jar_is_confirmed_with_the_librarys_frames(judge: Judge, jars: tuple[bytes, bytes]) -> None:
    result = judge(in_java(jars), **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.signature == "exception/1:StackOverflowError@pier.Pier.depth"
    assert [name.split(" sha256:")[0] for name in result.target["fixed"]["jars"]] == ["pier.jar"]


@NO_JAVA
@pytest.mark.long
@pytest.mark.parametrize(
    "attack",
    [
        "throw new StackOverflowError();",
        "Runtime.getRuntime().halt(66);",
        MADE_UP,
    ],
    ids=["thrown by the driver", "the exit code alone", "a stack that is made up"],
)
def test_what_does_not_come_out_of_the_library_is_not_confirmed(
    judge: Judge, jars: tuple[bytes, bytes], attack: str
) -> None:
    driver = DRIVER.replace("System.out.println(pier.Pier.depth(text, 0));", f"if (text.length() > 9) {{ {attack} }}")
    result = judge(in_java((jars[0], jars[0]), driver=driver), **WIDER)
    assert result.verdict is Verdict.NOT_REPRODUCED, (result.summary, result.reasons, result.runs)


@NO_JAVA
def test_a_driver_that_does_not_fit_is_errored(judge: Judge, jars: tuple[bytes, bytes]) -> None:
    result = judge(in_java(jars, driver=DRIVER.replace("depth", "height")), **WIDER)
    assert result.verdict is Verdict.ERRORED
    assert "Driver.java does not compile" in result.summary


@pytest.mark.parametrize(("tool", "ask"), [("javac", interpreters.java), ("go", interpreters.go)])
def test_a_missing_tool_chain_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tool: str, ask: object) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else f"/usr/bin/{name}")
    assert callable(ask)
    with pytest.raises(Infrastructure, match="apt-get install"):
        ask()


def in_go(library: str = GO_LIBRARY, *, driver: str = GO_DRIVER, exception: str = "runtime.boundsError") -> bytes:
    files = {
        "proof.toml": manifest("go", "driver.go", exception),
        "driver.go": driver,
        "input": "far too long",
        "control": "a",
        "old/src/harbor/pier/pier.go": library.replace("GUARD", ""),
        "new/src/harbor/pier/pier.go": library.replace("GUARD", 'if at >= len(names) { return "" }'),
    }
    return zipped({name: content.encode() for name, content in files.items()})


@NO_GO
@pytest.mark.long
@pytest.mark.parametrize("exception", ["runtime.boundsError", "panic"])
def test_a_panic_of_a_go_package_is_confirmed(judge: Judge, exception: str) -> None:
    result = judge(in_go(exception=exception), **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.signature
    assert result.signature.endswith("@harbor.pier.pier.Berth")


@NO_GO
@pytest.mark.long
def test_a_panic_of_the_driver_is_not(judge: Judge) -> None:
    driver = GO_DRIVER.replace("fmt.Println(pier", 'if len(text) > 2 { panic("mine") }\n\tfmt.Println(pier')
    result = judge(in_go(driver=driver, exception="panic"), **WIDER)
    assert result.verdict is Verdict.NOT_REPRODUCED, (result.summary, result.reasons, result.runs)


@NO_GO
@pytest.mark.long
def test_a_build_that_wants_the_network_is_errored(judge: Judge) -> None:
    result = judge(
        in_go(GO_LIBRARY.replace("package pier", 'package pier\n\nimport _ "github.com/harbor/buoys"')), **WIDER
    )
    assert result.verdict is Verdict.ERRORED
    assert "buoys" in result.summary
