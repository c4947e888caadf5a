/* Reads "a TAB b" lines, writes one of < = > ! a pair: librpm's own comparison, ! where it refuses one of them. */
#include <rpm/rpmver.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\n")] = 0;
        *tab = 0;
        rpmver a = rpmverParse(line), b = rpmverParse(tab + 1);
        if (!a || !b) {
            putchar('!');
        } else {
            int order = rpmverCmp(a, b);
            putchar(order < 0 ? '<' : order > 0 ? '>' : '=');
        }
        rpmverFree(a);
        rpmverFree(b);
    }
    return 0;
}
