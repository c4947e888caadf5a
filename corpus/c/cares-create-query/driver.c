/* Makes the query for a host's address, as a resolver does with a name that it was given. */
#include <stdio.h>
#include <string.h>
#include "ares.h"

int main(int argc, char **argv) {
    char name[256];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    name[fread(name, 1, sizeof name - 1, file)] = 0;
    fclose(file);
    name[strcspn(name, "\n")] = 0;
    unsigned char *query = NULL;
    int length = 0;
    int status = ares_create_query(name, 1, 1, 7, 1, &query, &length, 0);
    printf("%s, %d bytes\n", ares_strerror(status), length);
    if (query != NULL)
        ares_free_string(query);
    return 0;
}
