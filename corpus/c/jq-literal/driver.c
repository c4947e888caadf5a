/* Reads a JSON text and writes it again, as `jq .` does. */
#include <stdio.h>
#include "jv.h"

int main(int argc, char **argv) {
    char text[4096];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    jv value = jv_parse(text);
    if (!jv_is_valid(value)) {
        jv_free(value);
        puts("refused");
        return 0;
    }
    jv written = jv_dump_string(value, 0);
    puts(jv_string_value(written));
    jv_free(written);
    return 0;
}
