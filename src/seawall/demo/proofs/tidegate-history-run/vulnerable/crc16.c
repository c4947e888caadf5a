/* The radio link's checksum, bit by bit: frames are short. SPDX-License-Identifier: Apache-2.0 */
#include "tidegate.h"

uint16_t tidegate_crc16(const uint8_t *bytes, size_t size) {
    uint16_t crc = 0xFFFF;
    for (size_t index = 0; index < size; index++) {
        crc ^= (uint16_t)(bytes[index] << 8);
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1);
        }
    }
    return crc;
}
