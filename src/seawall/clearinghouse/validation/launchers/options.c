/* What the sanitizers are told, inside the program: its environment is then the same with them and without. */
const char *__asan_default_options(void) {
    return "log_path=/report/asan:exitcode=86:detect_leaks=0:abort_on_error=0:handle_abort=1";
}
const char *__ubsan_default_options(void) {
    return "log_path=/report/ubsan:exitcode=86:halt_on_error=1:print_stacktrace=1";
}
const char *__msan_default_options(void) {
    return "log_path=/report/msan:exitcode=86:halt_on_error=1:print_stacktrace=1";
}
