/* Runs the statements of one file on an empty database in memory, as an application that takes queries would. */
#include <stdio.h>
#include <stdlib.h>
#include "sqlite3.h"

static int show(void *unused, int count, char **values, char **names) {
    (void)unused;
    for (int at = 0; at < count; at++)
        printf("%s=%s\n", names[at], values[at] ? values[at] : "NULL");
    return 0;
}

int main(int argc, char **argv) {
    static char text[1 << 16];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    sqlite3 *database = NULL;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK)
        return 2;
    char *error = NULL;
    sqlite3_exec(database, text, show, NULL, &error);
    printf("%s\n", error ? "refused" : "done");
    sqlite3_free(error);
    sqlite3_close(database);
    return 0;
}
