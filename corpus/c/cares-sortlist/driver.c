/* Gives a resolver the order of addresses that a configuration asks for. */
#include <stdio.h>
#include <string.h>
#include "ares.h"

int main(int argc, char **argv) {
    char order[1024];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    order[fread(order, 1, sizeof order - 1, file)] = 0;
    fclose(file);
    order[strcspn(order, "\n")] = 0;
    ares_channel channel;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || ares_init(&channel) != ARES_SUCCESS)
        return 2;
    printf("%s\n", ares_strerror(ares_set_sortlist(channel, order)));
    ares_destroy(channel);
    ares_library_cleanup();
    return 0;
}
