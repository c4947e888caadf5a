"""Frames that say nothing of a flaw: allocators, sanitizers, the C library, fuzzers, test frames, runtimes. Pure.

One row a reason. A frame is dropped where its function begins with one of the names, or its file or module is of one
of the places. Names are those of the projects' own sources.
"""

import re

_PREFIXES = (
    # sanitizers' runtimes and the compilers' instrumentation
    "__asan", "_sanitizer", "__aeabi", "__hwasan", "__msan", "__tsan", "__ubsan", "__lsan", "__sanitizer", "__interceptor", "___interceptor",
    "__interception", "__wrap_", "__gwp_asan", "gwp_asan::", "scudo::", "asan_", "wrap_", "_asan_", "__cfi_", "__kasan",
    "kasan_", "check_memory_region", "__sancov", "__cxa_", "interceptor_", "__ubsan_handle", "__dfsan", "__memprof",
    # allocators
    "malloc", "calloc", "realloc", "free", "operator new", "operator delete", "xmalloc", "xcalloc", "xrealloc",
    "NewForOverwrite", "tcmalloc::", "tc_malloc", "tc_new", "WTF::", "partition_alloc::",
    "base::PartitionAlloc", "base::internal::PartitionAlloc", "base::allocator", "allocator_shim::", "je_", "mi_malloc",
    "sk_malloc", "sk_realloc", "g_malloc", "g_realloc", "RtlAllocateHeap", "HeapAlloc", "posix_memalign", "memalign",
    "aligned_alloc", "valloc", "pvalloc", "kmalloc", "__kmalloc", "kmem_cache", "slab_", "kfree", "__GI___libc",
    # the C library
    "abort", "raise", "gsignal", "__GI_", "__libc_", "__assert", "assert_fail", "_assert", "__pthread_", "pthread_kill",
    "tgkill", "__kill", "kill", "__restore_rt", "__kernel_", "_start", "start_thread", "__start_thread", "clone",
    "__clone", "__bionic_clone", "exit", "_exit", "__exit", "syscall", "__fortify", "__chk_fail", "__stack_chk",
    "__memcpy", "__memmove", "__memset", "__mem", "__str", "__strn", "_platform_mem", "_sigtramp", "__fprintf",
    "_IO_", "libc.so", "libc_", "__run_exit", "__vfprintf", "vfprintf", "__printf", "__tzfile", "backtrace",
    "android_set_abort", "__android_log", "__libc_fatal", "bsearch", "qsort", "__bsearch", "__qsort",
    # the C++ library and its errors
    "std::", "__gnu_cxx::", "std1::", "__cxxabiv", "__throw_", "__shared_ptr", "_objc_terminate", "__clang_call",
    # stops of Chromium, V8, WebKit, Skia, Abseil, glog
    "logging::", "base::debug::", "base::internal::CheckError", "base::ImmediateCrash", "base::internal::InvokeFuncImpl",
    "V8_Fatal", "V8_Dcheck", "v8::base::debug", "v8::base::OS::", "v8::base::FatalOOM", "v8::base::internal::",
    "v8::Utils::ReportApiFailure", "v8::Utils::ReportOOM", "v8::Utils::ApiCheck", "v8::internal::V8::FatalProcess",
    "v8::internal::Isolate::PushStackTrace", "google::", "absl::log_internal::", "absl::base_internal", "absl::raw_log", "WTFCrash",
    "WTFReportBacktrace", "WTFReportAssertion", "sk_abort", "SkDebugf", "SK_ABORT", "crash_reporter", "CrashTrampoline", "blink::ReportV8FatalError", "v8::api_internal::", "SkAbort", "syslog::LogMessage", "CrashpadClient",
    "DefaultCheckHandler", "ImmediateCrash", "OnNoMemory", "base::OnNoMemory", "base::TerminateBecauseOutOfMemory",
    "std_abort", "rtc::webrtc_checks_impl", "rtc_FatalMessage", "rtc::FatalMessage", "perfetto::base",
    # GLib
    "g_log", "g_assertion", "g_return_if_fail", "g_abort", "_g_log",
    # fuzzers and tests
    "fuzzer::", "fuzztest::", "testing::", "centipede::", "libfuzzer_sys::", "honggfuzz", "__afl", "afl_", "FuzzerMain",
    "RunFuzzer", "rust_fuzzer_test_input", "fuzz_target", "jazzer::", "LLVMFuzzerRunDriver",
    # starts of programs
    "runtime.", "__tmainCRT", "__RtlUser", "main", "wmain", "WinMain", "wWinMain", "__scrt_common", "invoke_main", "BaseThreadInitThunk", "RtlUserThreadStart",
    "RtlUser", "_RtlUser", "thread_start", "_pthread_start", "_pthread_body", "__tmainCRTStartup", "mainCRTStartup",
    # Windows' errors
    "MemoryProtection::", "RtlReportCriticalFailure", "RtlpHeap", "RtlpLog", "RtlpReport", "RtlFreeHeap", "RtlDispatchException", "RtlRaise",
    "KiUser", "RaiseException", "KiFastSystemCall", "NtRaise", "Nt", "Zw", "_CxxThrow", "RtlFail", "RtlDebug", "verifier!",
    "AVrf", "AvrfD",
    # Rust's runtime
    "rust_panic", "rust_begin_unwind", "rust_oom", "__rust", "_$LT$std", "_$LT$core", "_$LT$alloc", "core::", "alloc::",
    "std::panic", "<std::", "<core::", "<alloc::", "__rg_oom", "__rdl", "rustc_", "_rust_", "rayon_core::",
    "compiler_builtins", "test::",
    # Swift's
    "swift_", "_swift_", "Swift.", "function signature specialization", "_assertionFailure", "Foundation.", "closure #", "static Swift.", "merged Swift.",
    "generic specialization",
    # kernel: what reports, and what only leads there
    "dump_backtrace", "show_stack", "dump_stack", "__dump_stack", "print_address", "object_err", "print_trailer",
    "report_bug", "panic", "die", "__die", "oops_", "no_context", "__do_page_fault", "do_page_fault", "page_fault",
    "do_trap", "do_error_trap", "do_invalid_op", "do_general_protection", "invalid_op", "general_protection",
    "ubsan_", "val_to_string", "do_mem_abort", "do_translation_fault", "el1_", "el0_", "do_DataAbort", "__dabt", "bug_handler",
    "warn_slowpath", "__warn", "handle_exception", "exc_", "asm_exc", "entry_", "ret_from", "system_call", "unwind_",
    "__show_regs", "show_regs", "end_report", "__kasan_report", "address_is", "instrument_", "rcu_", "_raw_spin", "_etext",
    "arm64_sync_exc", "trusty_app_exit", "app_mgr", "lk.elf",
    # debuggers and stack walkers
    "(deleted", "Unwind", "_Unwind", "blink::Assert", "StackTrace", "DumpStack", "backtrace::",
)  # fmt: skip
"""Beginnings of names."""
_EXACT = re.compile(
    r"(?:mem(?:cpy|move|set|cmp|chr|mem|ccpy)|bcmp|bcopy|bzero|str(?:len|cpy|cat|cmp|chr|str|dup|ndup|nlen|ncpy|ncat|ncmp|rchr|tol|toul|spn|pbrk|casecmp|ncasecmp)|"
    r"wcs\w{2,8}|v?s?n?printf|(?:v?f|v?s)printf|__?\w{0,3}mem\w{3,5}_\w{1,40}|mem(?:cpy|move|set|cmp)[-_]\S{1,40}|f?(?:puts|write|read|open|close)|"
    r"libc\.so\.6|libpthread\.so\.0|libgcc_s\.so\.1|linux-gate\.so\.1|libstdc\+\+\.so\.6|libm\.so\.6|ld-linux\S{0,20}|"
    r"~(?:Check)?LogMessage|~CheckError|<unknown>|<unavailable>|\?\?|unknown|\(unknown\)|<null>|null|start|_main|operator\(\)|"
    r"__invoke<.*|__apply\w*<.*|__call<.*|__invoke_impl<.*|operator\(\)<.*|invoke<.*|__libc_start_main)",
    re.DOTALL,
)
_PLACES = (
    "/compiler-rt/", "/sanitizer_common/", "/src/libfuzzer/", "/libFuzzer/src/", "third_party/libFuzzer/", "rust/registry/src/", "\\libFuzzer\\", "third_party/googletest/",
    "third_party/fuzztest/", "/include/c++/", "/bits/stl_", "/libcxx/", "/libc++/", "libc++abi", "/libcxxabi/",
    "buildtools/third_party/libc", "third_party/libc++", "/rustlib/src/rust/", "/rustc/", "vctools\\crt", "/eglibc",
    "/glibc-", "/sysdeps/", "gcc-build", "/gcc-9", "/bits/basic_string", "vcstartup", "/afl-", "/honggfuzz/",
    "FuzzerLoop.cpp", "FuzzerDriver.cpp", "sanitizer_common_interceptors",
)  # fmt: skip
"""Parts of files' paths."""
_JAVA = (
    "java.", "javax.", "sun.", "com.sun.", "jdk.", "com.code_intelligence.jazzer.", "org.junit.", "junit.", "kotlin.",
    "android.os.Handler", "android.os.Looper", "com.android.internal.os.", "scala.", "groovy.lang.",
)  # fmt: skip
_GO = ("runtime.raise", "runtime.gopanic", "runtime.panic", "runtime.throw", "runtime.goexit", "runtime.main", "runtime.sig",
       "runtime.cgo", "runtime.asm", "runtime.call", "runtime.mcall", "runtime.systemstack", "runtime.newstack",
       "runtime.morestack", "runtime.dopanic", "runtime.fatal", "runtime.abort", "runtime/debug", "debug.PrintStack",
       "runtime.rt0", "panic", "main.", "_cgoexp", "testing.", "created by", "runtime.growslice", "runtime.makeslice",
       "runtime.mallocgc", "runtime.mapassign", "runtime.goPanic", "runtime.crosscall", "reflect.Value.call", "reflect.Value.Call")  # fmt: skip
_PYTHON_FILES = ("atheris", "/runpy.py", "<frozen ", "pysecsan", "/unittest/", "/pytest/", "/_pytest/", "/threading.py")
_JS_FILES = ("node:", "internal/", "@jazzer.js/", "jazzer.js", "/jest", "node_modules/mocha")
_LIBC_BASES = frozenset({"libc.so", "libc.so.6", "ld-linux-x86-64.so.2", "libpthread.so.0", "libc++abi.dylib", "libc++.1.dylib",
                         "linux-gate.so.1", "libsystem_kernel.dylib", "ntdll.dll", "KERNEL32.DLL", "ntdll", "KERNELBASE",
                         "kernel32", "verifier", "ucrtbase", "vrfcore", "libclang_rt.asan.so", "libgcc_s.so.1"})  # fmt: skip


def is_place(file: str) -> bool:
    """Whether a file is of a tool or a runtime."""
    return any(words in file for words in _PLACES)


def is_noise(name: str, file: str, module: str, style: str, kind_style: str) -> bool:  # noqa: C901, PLR0911 - one exit a reason
    """Whether a frame is dropped.

    Args:
        name: The function as the state shows it.
        file: As written.
        module: As written.
        style: Format of the frame.
        kind_style: Format that the headline asked for; some keep what others drop.
    """
    if style == "java":
        return name.startswith(_JAVA) and kind_style != "android"
    if style == "go":
        return name.startswith(_GO) or "_cgoexp" in name
    if style == "python":
        return any(words in file for words in _PYTHON_FILES)
    if style == "javascript":
        return (
            not name
            or name.startswith("Promise.")
            or file.startswith(_JS_FILES)
            or any(words in file for words in _JS_FILES)
        )
    if style in {"php", "ruby", "dotnet"}:
        return name in {"{main}", "<main>", "<top (required)>", "require", "require_relative"} or name.startswith(
            "System."
        )
    if not name:
        return True
    if kind_style == "system":  # the call into the system is what was found
        return name.startswith(("__sanitizer", "fuzzer::")) or "/fuzzer/" in file or "/libfuzzer/" in file
    if name.startswith(("auto ", "void ", "bool ", "int ", "static ")):
        name = name.split(" ", 1)[1]
    if name.startswith(_PREFIXES) and not _longer_word(name):
        return True
    if _EXACT.fullmatch(name) or "logging::LogMessage" in name:
        return True
    if is_place(file):
        return True
    library = module.rsplit("/", 1)[-1]
    return library in _LIBC_BASES or library.startswith(("libc-2.", "ld-2.", "libpthread-2."))


_WORDS = frozenset({"free", "malloc", "realloc", "calloc", "main", "raise", "exit", "kill", "clone", "die", "panic", "abort", "Nt",
                    "core", "syscall", "backtrace", "Zw", "valloc", "_start", "bsearch", "qsort", "test"})  # fmt: skip
"""Words that are whole names and not beginnings: ``free_list_walk`` is the program's own."""
_BEGINNING = re.compile(r"[A-Za-z_]+[a-z]?")


def _longer_word(name: str) -> bool:
    for word in _WORDS:
        if name.startswith(word):
            rest = name[len(word) :]
            if word in {"Nt", "Zw"}:
                return not rest[:1].isupper()
            return bool(rest) and (rest[0].isalnum() or rest[0] == "_")
    return False


_STOPS = (
    "g_log", "logging::LogMessage", "logging::CheckError", "__assert", "_assert", "V8_Fatal", "V8_Dcheck", "rust_panic",
    "core::panicking", "std::panicking::rust_panic", "std::panicking::begin_panic", "Swift._assertionFailure", "abort", "__cxa_throw", "__stack_chk_fail", "__fortify_fail",
    "panic", "absl::log_internal::LogMessage", "syslog::LogMessage", "sk_abort", "rust_begin_unwind", "rust_oom",
)  # fmt: skip


def is_stop(name: str) -> bool:
    """Whether a program stops itself here: what is further in is how, not why."""
    return name.startswith(_STOPS) and not _longer_word(name)
