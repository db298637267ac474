/* What a convolution of bytes needs beside its products. */
#include "nereid.h"

#include <string.h>

void nereid_uint8_window_sums(
    int32_t first, int32_t positions, int32_t width, const int64_t *lines, int64_t pixel, int32_t runs,
    const int64_t *run_offsets, int32_t bytes, const uint8_t *a, int32_t *sums) {
    int32_t line = first / width;
    int32_t at = first % width;
    for (int32_t i = 0; i < positions; i++) {
        const uint8_t *window = a + lines[line] + at * pixel;
        uint32_t sum = 0;
        for (int32_t run = 0; run < runs; run++) {
            const uint8_t *from = window + run_offsets[run];
            for (int32_t j = 0; j < bytes; j++) {
                sum += from[j];
            }
        }
        sums[i] = (int32_t)sum;
        if (++at == width) {
            at = 0;
            line++;
        }
    }
}

void nereid_uint8_lines(
    int32_t lines, int64_t bytes, const uint8_t *from, int64_t from_step, uint8_t *to, int64_t to_step, int32_t flip) {
    for (int32_t line = 0; line < lines; line++) {
        const uint8_t *restrict source = from + line * from_step;
        uint8_t *restrict target = to + line * to_step;
        if (flip == 0) {
            memcpy(target, source, (size_t)bytes);
            continue;
        }
        for (int64_t i = 0; i < bytes; i++) {
            target[i] = (uint8_t)(source[i] ^ flip);
        }
    }
}
