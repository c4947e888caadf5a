/* For LeakSanitizer, inside the program: what it is told, a mark that it came to look, and a stack without old pointers. */
#include <fcntl.h>
#include <unistd.h>

enum { STALE = 256 * 1024 };

const char *__lsan_default_options(void) {
    return "log_path=/report/lsan:exitcode=86:report_objects=0";
}

/* Asked when it begins to look, so that a program which ends without that is not taken for one without leaks. */
int __lsan_is_turned_off(void) {
    int mark = open("/report/leaks", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (mark >= 0) {
        (void)!write(mark, "1", 1);
        close(mark);
    }
    return 0;
}

/* What returned functions left on the stack would pass for pointers that are still in use. */
static __attribute__((noinline)) void forget(void) {
    volatile char room[STALE];
    for (unsigned at = 0; at < sizeof room; at++)
        room[at] = 0;
}

int __real_main(int count, char **words, char **environment);

int __wrap_main(int count, char **words, char **environment) {
    int code = __real_main(count, words, environment);
    forget();
    return code;
}
