/* Decoding of frames. See tidegate.h for the format. SPDX-License-Identifier: Apache-2.0 */
#include "tidegate.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 10
#define CRC_SIZE 2
#define BLOCK_HEADER_SIZE 3
#define LEVEL_SIZE 5
#define STATE_SIZE 3
#define HISTORY_HEADER_SIZE 7
#define RUN_SIZE 2

/* A place in the bytes, and where they end. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static size_t left(const struct cursor *cursor) { return (size_t)(cursor->end - cursor->at); }

static uint8_t take8(struct cursor *cursor) { return *cursor->at++; }

static uint16_t take16(struct cursor *cursor) {
    uint16_t high = take8(cursor);
    return (uint16_t)((high << 8) | take8(cursor));
}

static uint32_t take32(struct cursor *cursor) {
    uint32_t high = take16(cursor);
    return (high << 16) | take16(cursor);
}

static enum tidegate_status decode_level(struct cursor *body, struct tidegate_block *block) {
    if (left(body) != LEVEL_SIZE) {
        return TIDEGATE_BAD_BLOCK;
    }
    block->gate = take8(body);
    block->level_mm = (int32_t)take32(body);
    return TIDEGATE_OK;
}

static enum tidegate_status decode_state(struct cursor *body, struct tidegate_block *block) {
    if (left(body) != STATE_SIZE) {
        return TIDEGATE_BAD_BLOCK;
    }
    block->gate = take8(body);
    block->opening = take8(body);
    block->flags = take8(body);
    return block->opening <= 100 ? TIDEGATE_OK : TIDEGATE_BAD_BLOCK;
}

/* Fills `samples` from the runs: each run repeats one change. */
static enum tidegate_status expand_runs(struct cursor *runs, int16_t first, int16_t *samples, size_t count) {
    int16_t value = first;
    size_t filled = 0;

    samples[filled++] = value;
    while (filled < count) {
        if (left(runs) < RUN_SIZE) {
            return TIDEGATE_BAD_BLOCK;
        }
        uint8_t length = take8(runs);
        int8_t change = (int8_t)take8(runs);
        if (length == 0 || length > count - filled) {
            return TIDEGATE_BAD_BLOCK; /* a run may not reach past the samples that the block announced */
        }
        for (uint8_t step = 0; step < length; step++) {
            value = (int16_t)(value + change);
            samples[filled++] = value;
        }
    }
    return left(runs) == 0 ? TIDEGATE_OK : TIDEGATE_BAD_BLOCK;
}

static enum tidegate_status decode_history(struct cursor *body, struct tidegate_block *block) {
    if (left(body) < HISTORY_HEADER_SIZE) {
        return TIDEGATE_BAD_BLOCK;
    }
    block->gate = take8(body);
    block->sample_count = take16(body);
    block->interval_s = take16(body);
    int16_t first = (int16_t)take16(body);
    if (block->sample_count == 0 || block->interval_s == 0) {
        return TIDEGATE_BAD_BLOCK;
    }
    block->samples = calloc(block->sample_count, sizeof *block->samples);
    if (block->samples == NULL) {
        return TIDEGATE_NO_MEMORY;
    }
    return expand_runs(body, first, block->samples, block->sample_count);
}

static enum tidegate_status decode_block(struct cursor *bytes, struct tidegate_block *block) {
    if (left(bytes) < BLOCK_HEADER_SIZE) {
        return TIDEGATE_SHORT;
    }
    uint8_t kind = take8(bytes);
    uint16_t size = take16(bytes);
    if (left(bytes) < size) {
        return TIDEGATE_SHORT;
    }
    struct cursor body = {bytes->at, bytes->at + size};
    bytes->at += size;

    switch (kind) {
    case TIDEGATE_LEVEL:
        block->kind = TIDEGATE_LEVEL;
        return decode_level(&body, block);
    case TIDEGATE_STATE:
        block->kind = TIDEGATE_STATE;
        return decode_state(&body, block);
    case TIDEGATE_HISTORY:
        block->kind = TIDEGATE_HISTORY;
        return decode_history(&body, block);
    default:
        return TIDEGATE_BAD_BLOCK;
    }
}

enum tidegate_status tidegate_decode(const uint8_t *bytes, size_t size, struct tidegate_frame *frame) {
    memset(frame, 0, sizeof *frame);
    if (size < HEADER_SIZE + CRC_SIZE) {
        return TIDEGATE_SHORT;
    }
    if (bytes[0] != 'T' || bytes[1] != 'G' || bytes[2] != 1) {
        return TIDEGATE_NOT_A_FRAME;
    }
    struct cursor trailer = {bytes + size - CRC_SIZE, bytes + size};
    if (take16(&trailer) != tidegate_crc16(bytes, size - CRC_SIZE)) {
        return TIDEGATE_DAMAGED;
    }

    struct cursor cursor = {bytes + 3, bytes + size - CRC_SIZE};
    size_t announced = take8(&cursor);
    frame->station = take16(&cursor);
    frame->time = take32(&cursor);
    if (announced > TIDEGATE_MAX_BLOCKS) {
        return TIDEGATE_BAD_BLOCK;
    }
    while (frame->block_count < announced) {
        /* Counted before it is decoded, so that a release frees what a failed block had allocated. */
        struct tidegate_block *block = &frame->blocks[frame->block_count++];
        enum tidegate_status status = decode_block(&cursor, block);
        if (status != TIDEGATE_OK) {
            tidegate_release(frame);
            return status;
        }
    }
    if (left(&cursor) != 0) {
        tidegate_release(frame);
        return TIDEGATE_BAD_BLOCK;
    }
    return TIDEGATE_OK;
}

void tidegate_release(struct tidegate_frame *frame) {
    for (size_t index = 0; index < frame->block_count; index++) {
        free(frame->blocks[index].samples);
        frame->blocks[index].samples = NULL;
    }
    frame->block_count = 0;
}

const char *tidegate_reason(enum tidegate_status status) {
    switch (status) {
    case TIDEGATE_OK:
        return "ok";
    case TIDEGATE_SHORT:
        return "the frame ends in the middle of a field";
    case TIDEGATE_NOT_A_FRAME:
        return "not a tidegate frame of version 1";
    case TIDEGATE_DAMAGED:
        return "the checksum does not match";
    case TIDEGATE_BAD_BLOCK:
        return "a block contradicts itself";
    case TIDEGATE_NO_MEMORY:
        return "out of memory";
    }
    return "unknown status";
}
