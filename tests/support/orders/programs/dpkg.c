/* Reads "a TAB b" lines, writes one of < = > ! a pair: libdpkg's own comparison, ! where it refuses one of them. */
#define LIBDPKG_VOLATILE_API 1
#include <dpkg/dpkg.h>
#include <dpkg/dpkg-db.h>
#include <dpkg/error.h>
#include <stdio.h>
#include <string.h>

static int refused(struct dpkg_version *version, const char *text)
{
    struct dpkg_error error = DPKG_ERROR_INIT;
    int failed = parseversion(version, text, &error) != 0 && error.type == DPKG_MSG_ERROR;
    dpkg_error_destroy(&error);
    return failed;
}

int main(void)
{
    static char line[4096];
    dpkg_program_init("orders");
    while (fgets(line, sizeof line, stdin)) {
        struct dpkg_version a, b;
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\n")] = 0;
        *tab = 0;
        if (refused(&a, line) || refused(&b, tab + 1)) {
            putchar('!');
        } else {
            int order = dpkg_version_compare(&a, &b);
            putchar(order < 0 ? '<' : order > 0 ? '>' : '=');
        }
        nffreeall();
    }
    dpkg_program_done();
    return 0;
}
