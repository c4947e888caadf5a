/* Prints one telemetry frame from a file, as the utility's logger does. */
#include "tidegate.h"

#include <stdio.h>

#define LARGEST_FRAME 4096

static void print_block(const struct tidegate_block *block) {
    switch (block->kind) {
    case TIDEGATE_LEVEL:
        printf("gate %u level %d mm\n", block->gate, (int)block->level_mm);
        break;
    case TIDEGATE_STATE:
        printf("gate %u open %u %%%s\n", block->gate, block->opening,
               block->flags & TIDEGATE_FLAG_FAULT ? " FAULT" : "");
        break;
    case TIDEGATE_HISTORY:
        printf("gate %u history of %u samples, last %d cm\n", block->gate, block->sample_count,
               block->samples[block->sample_count - 1]);
        break;
    }
}

int main(int argc, char **argv) {
    static uint8_t bytes[LARGEST_FRAME];
    struct tidegate_frame frame;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FRAME\n", argv[0]);
        return 2;
    }
    FILE *file = fopen(argv[1], "rb");
    if (file == NULL) {
        perror(argv[1]);
        return 2;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);

    enum tidegate_status status = tidegate_decode(bytes, size, &frame);
    if (status != TIDEGATE_OK) {
        printf("refused: %s\n", tidegate_reason(status));
        return 0;
    }
    printf("station %u, %zu blocks\n", frame.station, frame.block_count);
    for (size_t index = 0; index < frame.block_count; index++) {
        print_block(&frame.blocks[index]);
    }
    tidegate_release(&frame);
    return 0;
}
