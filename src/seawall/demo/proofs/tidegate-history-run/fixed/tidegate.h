/*
 * tidegate: reads the telemetry frames of sluice and tide gates.
 *
 * A frame is what a gate's controller sends over the radio link, all numbers big-endian:
 *
 *   offset  size  field
 *   0       2     magic, the letters "TG"
 *   2       1     protocol version, 1
 *   3       1     number of blocks, at most TIDEGATE_MAX_BLOCKS
 *   4       2     station number
 *   6       4     time of the frame, seconds since 1970
 *   10      n     the blocks
 *   10+n    2     CRC-16 (polynomial 0x1021, start 0xFFFF) over everything before it
 *
 * A block is a type (1 byte), the length of its body (2 bytes) and the body:
 *
 *   0x01 level    gate (1), water level in millimeters, signed (4)
 *   0x02 state    gate (1), opening in percent (1), flags (1)
 *   0x03 history  gate (1), number of samples (2), seconds between samples (2), first sample in
 *                 centimeters, signed (2), then runs of (length (1), signed change in centimeters (1)):
 *                 the change is added once for each of the run's samples
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TIDEGATE_H
#define TIDEGATE_H

#include <stddef.h>
#include <stdint.h>

#define TIDEGATE_VERSION "1.4.3"
#define TIDEGATE_MAX_BLOCKS 32 /* a controller drives at most eight gates, four blocks each */

/* What went wrong; tidegate_reason() puts it into words. */
enum tidegate_status {
    TIDEGATE_OK = 0,
    TIDEGATE_SHORT,      /* the frame ends in the middle of a field */
    TIDEGATE_NOT_A_FRAME, /* wrong magic or protocol version */
    TIDEGATE_DAMAGED,    /* the checksum does not match */
    TIDEGATE_BAD_BLOCK,  /* a block contradicts itself */
    TIDEGATE_NO_MEMORY
};

enum tidegate_kind { TIDEGATE_LEVEL = 0x01, TIDEGATE_STATE = 0x02, TIDEGATE_HISTORY = 0x03 };

/* One block, decoded. `samples` belongs to the frame and is freed with it. */
struct tidegate_block {
    enum tidegate_kind kind;
    uint8_t gate;
    int32_t level_mm;      /* level */
    uint8_t opening;       /* state, percent */
    uint8_t flags;         /* state, see TIDEGATE_FLAG_... */
    uint16_t interval_s;   /* history */
    uint16_t sample_count; /* history */
    int16_t *samples;      /* history, centimeters */
};

#define TIDEGATE_FLAG_MOVING 0x01
#define TIDEGATE_FLAG_MANUAL 0x02
#define TIDEGATE_FLAG_FAULT 0x80

struct tidegate_frame {
    uint16_t station;
    uint32_t time;
    size_t block_count;
    struct tidegate_block blocks[TIDEGATE_MAX_BLOCKS];
};

/* Decodes one frame. On success the caller frees it with tidegate_release(); on failure nothing is kept. */
enum tidegate_status tidegate_decode(const uint8_t *bytes, size_t size, struct tidegate_frame *frame);

/* Frees what tidegate_decode() allocated. Safe on a frame that was released before. */
void tidegate_release(struct tidegate_frame *frame);

/* The checksum of the radio link. */
uint16_t tidegate_crc16(const uint8_t *bytes, size_t size);

/* A status in words, never NULL. */
const char *tidegate_reason(enum tidegate_status status);

#endif
