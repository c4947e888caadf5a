"""One report of each tool, written from its documentation: what is read of it."""

import pytest

from seawall.clearinghouse.validation.understanding.parser import parse

TSAN = """==================
WARNING: ThreadSanitizer: data race (pid=26327)
  Write of size 4 at 0x7f89554701d0 by thread T1:
    #0 count_boats(void*) harbor_race.cc:4 (harbor+0x000000006e66)

  Previous write of size 4 at 0x7f89554701d0 by main thread:
    #0 main harbor_race.cc:10 (harbor+0x000000006e33)
SUMMARY: ThreadSanitizer: data race harbor_race.cc:4 in count_boats(void*)
"""
HWASAN = """==7==ERROR: HWAddressSanitizer: tag-mismatch on address 0xefe400000010 at pc 0xaaaae0a4
READ of size 4 at 0xefe400000010 tags: 3f/a1 (ptr/mem) in thread T0
    #0 0xaaaae0a4 in harbor::Pier::length() const /build/pier.cc:12:9
    #1 0xaaaae0b4 in harbor::measure(harbor::Pier const&) /build/pier.cc:30:3
"""
MSAN = """==9==WARNING: MemorySanitizer: use-of-uninitialized-value
    #0 0x49 in depth_at /src/gauge.c:12:7
    #1 0x4a in main /src/gauge.c:30:3
"""
VALGRIND = """==8501== Memcheck, a memory error detector
==8501== Invalid write of size 4
==8501==    at 0x109193: mark_buoy (buoys.c:14)
==8501==    by 0x1091C2: main (buoys.c:22)
==8501==  Address 0x4a5d068 is 0 bytes after a block of size 40 alloc'd
==8501==    at 0x483B7F3: malloc (in /usr/lib/x86_64-linux-gnu/valgrind/vgpreload_memcheck-amd64-linux.so)
==8501==    by 0x109171: make_buoys (buoys.c:9)
"""
GDB = """Program received signal SIGSEGV, Segmentation fault.
0x0000555555555171 in lower_anchor (chain=0x0) at anchor.c:7
7	  return chain->links;
#0  0x0000555555555171 in lower_anchor (chain=0x0) at anchor.c:7
#1  0x0000555555555190 in moor<int> (boat=<optimized out>) at moor.cc:21
#2  0x00005555555551b0 in main () at moor.cc:40
"""
GLIBC = """*** Error in `./lock': double free or corruption (fasttop): 0x0000000001a3c010 ***
======= Backtrace: =========
/lib/x86_64-linux-gnu/libc.so.6(+0x777e5)[0x7f3e8c0f47e5]
./lock(_ZN5canal4Lock5drainEv+0x1c)[0x400b1c]
./lock(main+0x20)[0x400a30]
"""
PYTHON = """Traceback (most recent call last):
  File "/proof/driver.py", line 5, in <module>
    tides.load(path)
  File "/target/tides/reader.py", line 40, in load
    return [self.row(line) for line in lines]
  File "/target/tides/reader.py", line 40, in <listcomp>
    return [self.row(line) for line in lines]
  File "/target/tides/reader.py", line 61, in Reader.row.<locals>.inner
    return 1 / width
ZeroDivisionError: division by zero
"""
CHAINED = """Traceback (most recent call last):
  File "a.py", line 1, in first
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 9, in second
ValueError: y
"""
JAVA = """Exception in thread "main" java.lang.ArrayIndexOutOfBoundsException: Index 5 out of bounds for length 3
	at java.base/java.util.Arrays.rangeCheck(Arrays.java:118)
	at org.example.harbor.Berths.find(Berths.java:21)
	at org.example.harbor.Berths.lambda$all$0(Berths.java:33)
	at app//org.example.harbor.Main.main(Main.java:9)
"""
GO = """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
github.com/example/harbor/berths.(*Table).At(0xc000012345, 0x5)
	/home/build/berths/table.go:21 +0x1d
github.com/example/harbor/berths.Each.func1({0xc00001, 0x2})
	/home/build/berths/each.go:9 +0x40
main.main()
	/home/build/main.go:12 +0x85
exit status 2
"""
RUST = """thread 'main' panicked at src/berths.rs:12:9:
index out of bounds: the len is 3 but the index is 5
stack backtrace:
   0: rust_begin_unwind
             at /rustc/0123/library/std/src/panicking.rs:645:5
   1: core::panicking::panic_fmt
             at /rustc/0123/library/core/src/panicking.rs:72:14
   2: core::panicking::panic_bounds_check
   3: harbor::berths::Table<T>::at
             at ./src/berths.rs:12:9
   4: harbor::main::{{closure}}
   5: harbor::main
note: Some details are omitted
"""
NODE = """/proof/driver.js:3
berths.at(5);
       ^

TypeError: Cannot read properties of undefined (reading 'name')
    at Table.at (/node_modules/berths/lib/table.js:21:9)
    at async Promise.all (index 0)
    at Object.<anonymous> (/proof/driver.js:3:8)
    at Module._compile (node:internal/modules/cjs/loader:1256:14)
"""
PHP = """PHP Fatal error:  Uncaught TypeError: berth(): Argument #1 must be of type int in /srv/harbor/berths.php:12
Stack trace:
#0 /srv/harbor/berths.php(20): Harbor\\Berths->find('x')
#1 /srv/harbor/index.php(3): berth('x')
#2 {main}
  thrown in /srv/harbor/berths.php on line 12
"""
RUBY = """berths.rb:12:in `fetch': key not found: :pier (KeyError)
	from berths.rb:12:in `block in find'
	from berths.rb:20:in `each_berth'
	from main.rb:3:in `<main>'
"""
RUBY_NEW = """berths.rb:12:in 'Hash#fetch': key not found: :pier (KeyError)
	from berths.rb:20:in 'Harbor::Berths#find'
	from main.rb:3:in '<main>'
"""
DOTNET = """Unhandled exception. System.IndexOutOfRangeException: Index was outside the bounds of the array.
   at System.Array.GetValue(Int32 index)
   at Harbor.Berths.Find(Int32 index) in /src/Berths.cs:line 21
   at Harbor.Program.<Main>$(String[] args) in /src/Program.cs:line 5
"""
TOMBSTONE = """*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
Build fingerprint: 'Android/aosp/x:14/A/1:userdebug/test-keys'
pid: 1234, tid: 1240, name: pier  >>> /system/bin/pier <<<
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0000000000000010
backtrace:
      #00 pc 000000000004a5b4  /system/lib64/libpier.so (Pier::length() const+20) (BuildId: 0123456789abcdef)
      #01 pc 000000000004a600  /system/lib64/libpier.so (measure(Pier*)+48) (BuildId: 0123456789abcdef)
"""
OOPS = """[   30.100000] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   30.100010] #PF: supervisor read access in kernel mode
[   30.100020] RIP: 0010:tide_read+0x12/0x40 [tide]
[   30.100030] Call Trace:
[   30.100040]  <TASK>
[   30.100050]  ? __die+0x1f/0x70
[   30.100060]  tide_read+0x12/0x40 [tide]
[   30.100070]  vfs_read+0xa3/0x330
[   30.100080]  ksys_read+0x6c/0xf0
[   30.100090]  </TASK>
"""
CASES = [
    ("tsan", TSAN, "data-race", "write", ("count_boats",), "native"),
    ("hwasan", HWASAN, "tag-mismatch", "read", ("harbor::Pier::length", "harbor::measure"), "native"),
    ("msan", MSAN, "use-of-uninitialized-value", "", ("depth_at",), "native"),
    ("valgrind", VALGRIND, "invalid-write", "write", ("mark_buoy", "make_buoys"), "native"),
    ("gdb", GDB, "segv", "", ("lower_anchor", "moor<int>"), "native"),
    ("glibc", GLIBC, "heap-double-free", "", ("canal::Lock::drain",), "native"),
    ("python", PYTHON, "uncaught-exception", "", ("Reader.row.<locals>.inner", "<listcomp>", "load"), "python"),
    ("python chained", CHAINED, "uncaught-exception", "", ("second",), "python"),
    ("java", JAVA, "uncaught-exception", "",
     ("org.example.harbor.Berths.find", "org.example.harbor.Berths.lambda$all$0", "org.example.harbor.Main.main"), "java"),
    ("go", GO, "index-out-of-range", "", ("berths.(*Table).At", "berths.Each.func1"), "go"),
    ("rust", RUST, "index-out-of-range", "",
     ("harbor::berths::Table<T>::at", "harbor::main::{{closure}}", "harbor::main"), "rust"),
    ("node", NODE, "uncaught-exception", "", ("Table.at", "Object.<anonymous>"), "javascript"),
    ("php", PHP, "uncaught-exception", "", ("Harbor\\Berths->find", "berth"), "php"),
    ("ruby", RUBY, "uncaught-exception", "", ("fetch", "find", "each_berth"), "ruby"),
    ("ruby 3.4", RUBY_NEW, "uncaught-exception", "", ("Hash#fetch", "Harbor::Berths#find"), "ruby"),
    ("dotnet", DOTNET, "uncaught-exception", "", ("Harbor.Berths.Find", "Harbor.Program.<Main>$"), "dotnet"),
    ("tombstone", TOMBSTONE, "null-dereference", "", ("Pier::length", "measure"), "native"),
    ("oops", OOPS, "null-dereference", "read", ("tide_read", "vfs_read", "ksys_read"), "kernel"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("report", "kind", "access", "state", "language"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_tool_is_understood(report: str, kind: str, access: str, state: tuple[str, ...], language: str) -> None:
    crash = parse(report)
    assert crash is not None
    assert (crash.kind, crash.access, crash.state, crash.language) == (kind, access, state, language)


def test_text_that_tells_of_no_crash_is_none() -> None:
    for text in ("", "all is well", "AddressSanitizer is a tool", "no errors found\n#0 main"):
        assert parse(text) is None


def test_a_report_may_be_bytes_of_any_encoding_with_any_line_end() -> None:
    wanted = parse(HWASAN)
    assert parse(HWASAN.replace("\n", "\r\n").encode()) == wanted
    assert parse(b"\xff\xfe\x00" + HWASAN.encode()) == wanted
    assert parse("\x1b[1m\x1b[31m" + HWASAN + "\x1b[0m") == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("harbor::find<int>(int) /a/pier.cc:1:1", "harbor::find<std::vector<char> >(char) /b/pier.cc:99:2"),
        ("harbor::(anonymous namespace)::find(int) /a/p.cc:1", "harbor::find(long) /b/p.cc:2"),
        ("harbor::find::h0123456789abcdef /a/p.rs:1", "harbor::find::hfedcba9876543210 /b/p.rs:7"),
        ("void harbor::find<int>(int) (/a/pier+0x12)", "_ZN6harbor4findEi (/b/pier+0x99) (BuildId: 00ff)"),
        ("find_pier.part.3 /a/p.c:1", "find_pier.isra.0 /b/p.c:2"),
        (
            "harbor::find()::$_0::operator()(int) const /a/p.cc:1",
            "harbor::find()::$_0::operator()(int) const /z/p.cc:7",
        ),
    ],
)
def test_a_signature_is_the_same_in_every_build(one: str, other: str) -> None:
    head = "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x{0} at pc 0x1\nREAD of size 1 at 0x{0} thread T0\n"
    crashes = [
        parse(head.format("6020") + f"    #0 0x1 in {one}\n"),
        parse(head.format("7030") + f"    #0 0x2 in {other}\n"),
    ]
    assert crashes[0] is not None
    assert crashes[1] is not None
    assert crashes[0].signature == crashes[1].signature != ""


def test_recursion_is_folded_whatever_its_depth() -> None:
    def report(depth: int) -> str:
        frames = "".join(f"    #{n} 0x1 in {('walk', 'step')[n % 2]} /src/walk.c:{n}:1\n" for n in range(depth))
        return (
            "==1==ERROR: AddressSanitizer: stack-overflow on address 0x7ffe0000 (pc 0x1)\n"
            + frames
            + "    #999 0x1 in load /src/l.c:1\n"
        )

    signatures = {crash.signature for depth in (8, 90, 120) if (crash := parse(report(depth)))}
    assert signatures == {"crash/2:stack-overflow@walk < step < load"} or len(signatures) == 1


def test_different_flaws_have_different_signatures() -> None:
    seen = [crash.signature for case in CASES if (crash := parse(case[1]))]
    assert len(set(seen)) == len(seen)


def test_where_the_memory_came_from_is_not_the_crash() -> None:
    crash = parse(VALGRIND)
    assert crash is not None
    assert [frame.function for frame in crash.frames] == ["mark_buoy"]
    assert (crash.frames[0].file, crash.frames[0].line) == ("buoys.c", 14)
