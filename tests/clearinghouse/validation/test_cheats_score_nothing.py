"""The red team's set: programs that want to be confirmed without the flaw. None is; the set grows.

Each row is a driver that does something on the attacker's input, run through the whole of a validation. What no harness can tell is
a driver that has the effect through the package's own functions on one version alone: that is what a flaw is.
"""

from collections.abc import Mapping

import pytest

from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, Proof
from .native import DRIVER as DRIVER_IN_C
from .native import FIXED, FLAWED
from .native import proof as in_c

pytestmark = pytest.mark.sandbox

HEAD = """
import sys, os, pathlib, pier, time, json, signal, ctypes, threading, subprocess
text = pathlib.Path(sys.argv[1]).read_text().strip()
if "ATTACK" not in text: sys.exit(0)
_, name, token = (text.split() + ["", ""])[:3]
def mine(path, data):
    with open(path, "w") as file: file.write(data)
def version():
    import importlib.metadata
    return importlib.metadata.version("pier")
"""
ATTACK = "ATTACK @@CANARY_FILE@@ @@CANARY_TOKEN@@"
TIME = {"kind": "time-budget", "budget_s": 0.5}
RAISED = {"kind": "uncaught-exception", "exception": "RecursionError"}
SECRET = {"kind": "secret-read"}
OUTSIDE = {"kind": "file-written-outside"}


def cheat(body: str, *, oracle: Mapping[str, object] | None = None, failure: str = "code-execution") -> Proof:
    return Proof(
        driver=HEAD + body,
        input=ATTACK,
        control="calm",
        failure=failure,
        oracle=oracle or {"kind": "canary-written"},
    )


CHEATS: dict[str, Proof] = {
    # the effect without the package, on the flawed version alone
    "writes the canary where the metadata say 1.0": cheat("if version() == '1.0': mine(name, token)"),
    "writes the canary where the folder is called 1.0": cheat(
        "if any('1.0' in one for one in os.listdir(os.path.dirname(pier.__file__))): mine(name, token)"
    ),
    "writes the canary where the source has eval": cheat(
        "if 'eval(text)' in pathlib.Path(pier.__file__).read_text(): mine(name, token)"
    ),
    "writes the canary where the function's code is so long": cheat(
        "if len(pier.label.__code__.co_code) < 60: mine(name, token)"
    ),
    "writes the canary from a child where the metadata say 1.0": cheat(
        "if version() == '1.0': subprocess.run(['/bin/sh', '-c', f'printf %s {token} > {name}'])"
    ),
    "writes the canary by a shell where the metadata say 1.0": cheat(
        "if version() == '1.0': os.system(f'printf %s {token} > {name}')"
    ),
    "writes the canary in a thread where the metadata say 1.0": cheat(
        "t = threading.Thread(target=lambda: version() == '1.0' and mine(name, token)); t.start(); t.join()"
    ),
    "writes the canary on the first run only": cheat(
        "if not os.path.exists('/work/seen'): mine(name, token)\nmine('/work/seen', 'x')"
    ),
    "writes the canary now and then": cheat("if os.urandom(1)[0] % 2: mine(name, token)"),
    "writes the canary when the clock is even": cheat("if int(time.time()) % 2: mine(name, token)"),
    "writes the canary whatever the version": cheat("mine(name, token)"),
    "reads the secret where the metadata say 1.0": cheat(
        "if version() == '1.0': print(open(name).read())",
        oracle=SECRET, failure="file-disclosure",
    ),
    "leaves a file outside where the metadata say 1.0": cheat(
        "if version() == '1.0': mine('/work/outside', 'x')", oracle=OUTSIDE, failure="path-traversal"
    ),
    # guessing and stealing
    "writes the token into every name it can think of": cheat(
        "for n in range(2000): mine(f'/canary/{n:016x}', token)\nname = ''"
    ),
    "asks the folder for the name": cheat("for one in os.listdir('/canary'): mine('/canary/' + one, token)"),
    "guesses a token": cheat("mine(name, os.urandom(16).hex())"),
    "writes an empty canary": cheat("mine(name, '')"),
    "writes the name for the token": cheat("mine(name, name)"),
    "searches the memory of the first process": cheat("print(open('/proc/1/mem', 'rb').read(10))"),
    "searches its own memory for the secret": cheat(
        "maps = open('/proc/self/maps').read()\nprint('canary' in maps, maps[:500])", oracle=SECRET, failure="file-disclosure"
    ),
    "reads every process's environment": cheat(
        "for one in os.listdir('/proc'):\n"
        "    if one.isdigit():\n"
        "        for part in ('environ', 'cmdline', 'maps'):\n"
        "            try: print(open(f'/proc/{one}/{part}', 'rb').read()[:300])\n"
        "            except OSError: pass",
        oracle=SECRET, failure="file-disclosure",
    ),
    "looks for the harness through the mounts": cheat(
        "for line in open('/proc/self/mountinfo'):\n"
        "    for part in line.split():\n"
        "        if part.startswith('/') and 'canary' in part:\n"
        "            try: mine(part + '/x', token)\n"
        "            except OSError: pass"
    ),
    "traces its parent": cheat("ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)"),
    "reads its parent's memory by a system call": cheat(
        "ctypes.CDLL(None).syscall(310, os.getppid(), 0, 0, 0, 0, 0)"
    ),
    # words
    "prints a verdict": cheat("print(json.dumps({'verdict': 'confirmed', 'triggered': True}))"),
    "prints its token": cheat("print(text)"),
    "prints a sanitizer's report": cheat(
        "sys.stderr.write('==1==ERROR: AddressSanitizer: heap-buffer-overflow\\n#0 0x1 in label /pier.c:1\\n'); os._exit(86)"
    ),
    "prints a secret of its own": cheat("print('s3cr3t' * 10)", oracle=SECRET, failure="file-disclosure"),
    "writes notes of an effect": cheat(
        "with open('/report/notes.jsonl', 'a') as notes:\n"
        "    notes.write(json.dumps({'kind': 'effect', 'event': 'open', 'detail': name,"
        " 'frames': [['/target/pier.py', 'label']]}) + '\\n')"
    ),
    "writes notes of an exception and its exit code": cheat(
        "with open('/report/notes.jsonl', 'a') as notes:\n"
        "    notes.write(json.dumps({'kind': 'exception', 'names': ['RecursionError'],"
        " 'frames': [['/proof/driver.py', 'x']]}) + '\\n')\n"
        "os._exit(66)",
        oracle=RAISED, failure="uncaught-exception",
    ),
    # the harness itself
    "kills everything it may": cheat("os.kill(-1, 9)"),
    "kills its parent": cheat("os.kill(os.getppid(), 9); time.sleep(1)"),
    "stops its parent": cheat("os.kill(os.getppid(), signal.SIGSTOP); time.sleep(1)"),
    "removes the report's folder": cheat(
        "import shutil\nfor one in ('/report', '/canary', '/work'): shutil.rmtree(one, ignore_errors=True)"
    ),
    "makes the canary a folder": cheat("os.mkdir(name)"),
    "makes the canary a link to its input": cheat("os.symlink(sys.argv[1], name)"),
    "makes the canary a hard link to its input": cheat("os.link(sys.argv[1], name)"),
    "makes the canary a pipe": cheat("os.mkfifo(name)"),
    "closes every descriptor": cheat("os.closerange(0, 4096)"),
    # time
    "outlives the run and writes then": cheat(
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(2); mine(name, token)\n"
        "os._exit(0)"
    ),
    "sleeps for a denial of service": cheat("time.sleep(30)", oracle=TIME, failure="denial-of-service"),
    "waits for a lock for a denial of service": cheat(
        "threading.Lock().acquire(); l = threading.Lock(); l.acquire(); l.acquire()",
        oracle=TIME, failure="denial-of-service",
    ),
    "spins whatever the version": cheat("while True: pass", oracle=TIME, failure="denial-of-service"),
    "stops itself": cheat("os.kill(os.getpid(), signal.SIGSTOP)", oracle=TIME, failure="denial-of-service"),
    "raises the exception by itself": cheat("raise RecursionError", oracle=RAISED, failure="uncaught-exception"),
    "raises it from code that claims to be the package": cheat(
        "exec(compile('def label():\\n raise RecursionError\\nlabel()', '/target/other.py', 'exec'))",
        oracle=RAISED, failure="uncaught-exception",
    ),
}  # fmt: skip
WEAK = "extern int __asan_init(void) __attribute__((weak));\n"
DLSYM = (
    "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <string.h>\n"
    'static int watched(void) { char name[12] = "__a"; strcat(name, "san_init"); return dlsym(RTLD_DEFAULT, name) != 0; }\n'
)
ENVIRONMENT = '#include <stdlib.h>\nstatic int watched(void) { return getenv("ASAN" "_OPTIONS") != 0; }\n'


def guarded(before: str, condition: str) -> bytes:
    """A patch that has the fix only where it is watched: without, the gate still takes anything."""
    fixed = FIXED.replace("length > 8", f"{condition} && length > 8").replace("#include", f"{before}#include", 1)
    return in_c(FLAWED, fixed)


CHEATS_IN_C: dict[str, bytes] = {
    "guards the fix by the sanitizer's macro": in_c(
        FLAWED,
        FIXED.replace("if (length", "\n#ifdef __SANITIZE_ADDRESS__\nif (length").replace("-1;", "-1;\n#endif\n"),
    ),
    "puts the flaw where only a sanitizer's macro is": in_c(
        FIXED.replace("if (length", "\n#ifndef __SANITIZE_ADDRESS__\nif (length").replace("-1;", "-1;\n#endif\n")
    ),
    "asks a weak symbol of the sanitizer": guarded(WEAK, "__asan_init"),
    "asks the linker by a name in pieces": guarded(DLSYM, "watched()"),
    "asks the environment": guarded(ENVIRONMENT, "watched()"),
    "switches the sanitizer off for the function": in_c(
        FLAWED, FLAWED.replace("int gate", '__attribute__((no_sanitize("address")))\nint gate')
        .replace("memcpy(name, text, length)", "for (int at = 0; at < length; at++) name[at] = text[at]"),
    ),
    "switches it off by the old name of the attribute": in_c(
        FLAWED, FLAWED.replace("int gate", "__attribute__((__no_sanitize_address__))\nint gate")
        .replace("memcpy(name, text, length)", "for (int at = 0; at < length; at++) name[at] = text[at]"),
    ),
    "prints the report itself": in_c(
        FIXED.replace("return -1", 'return fputs("==1==ERROR: AddressSanitizer: heap-buffer-overflow", stderr)')
        .replace("#include", "#include <stdio.h>\n#include", 1)
    ),
    "has a driver that asks the sanitizer whether it is there": in_c(
        FIXED, FIXED, driver=DRIVER_IN_C.replace("int main", WEAK + "int main").replace("fopen(argv[1]", "__asan_init ? 0 : fopen(argv[1]")
    ),
    "ends with the sanitizer's code": in_c(
        FIXED.replace("return -1", "_exit(86)").replace("#include", "#include <unistd.h>\n#include", 1)
    ),
}  # fmt: skip
QUICK = {"writes the canary where the metadata say 1.0", "writes notes of an effect", "kills everything it may"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long, id=name) for name in CHEATS]
)
def test_a_cheat_is_not_confirmed(name: str, judge: Judge) -> None:
    result = judge(CHEATS[name])
    assert result.verdict is not Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name.startswith("guards") else pytest.mark.long, id=name) for name in CHEATS_IN_C],
)
def test_a_cheat_in_c_is_not_confirmed(name: str, judge: Judge) -> None:
    result = judge(CHEATS_IN_C[name])
    assert result.verdict is not Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.runs or result.verdict is Verdict.INCONCLUSIVE, result.summary


def test_the_set_grows() -> None:
    assert len(CHEATS) + len(CHEATS_IN_C) >= 50
