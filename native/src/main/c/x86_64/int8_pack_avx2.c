/* Packs int8 matrices for AVX2 and sets their excesses aside; int8_excess.h says which. */
#include "int8_excess.h"
#include "int8_pack.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))
#define ROW_BYTES (4 * NEREID_PANEL_256)
#define VECTOR_BYTES 32
#define MOST_TOGETHER 128

/* The sums of the pairs of 32 bytes of a quad, and of those of the next quad where fours shall fit. */
TARGET static inline __m256i sums_of(__m256i bytes, __m256i next) {
    const __m256i ones = _mm256_set1_epi8(1);
    return _mm256_add_epi16(_mm256_maddubs_epi16(ones, bytes), _mm256_maddubs_epi16(ones, next));
}

/* A bit pair for each pair of 32 bytes whose weights go too far, those of either sign by themselves. */
TARGET static inline uint32_t beyond(const int8_t *weights, int32_t fitting) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i most = _mm256_set1_epi16(MOST_TOGETHER);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)weights);
    const __m256i next = fitting == FOURS ? _mm256_loadu_si256((const __m256i *)(weights + ROW_BYTES)) : zero;
    const __m256i above = sums_of(_mm256_max_epi8(bytes, zero), _mm256_max_epi8(next, zero));
    const __m256i below = sums_of(_mm256_min_epi8(bytes, zero), _mm256_min_epi8(next, zero));
    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(
        _mm256_cmpgt_epi16(above, most), _mm256_cmpgt_epi16(_mm256_sub_epi16(zero, below), most)));
}

/* Takes what goes too far with one sign, 1 or -1, out of the largest weights of a pair, or of two. */
static void fit(int8_t *pair, int32_t fitting, int32_t sign) {
    static const int32_t places[FOURS] = {0, 1, ROW_BYTES, ROW_BYTES + 1};
    for (;;) {
        int32_t sum = 0;
        int8_t *largest = pair;
        for (int32_t i = 0; i < fitting; i++) {
            int8_t *const weight = pair + places[i];
            sum += sign * *weight > 0 ? sign * *weight : 0;
            largest = sign * *weight > sign * *largest ? weight : largest;
        }
        const int32_t excess = sum - MOST_TOGETHER;
        if (excess <= 0) {
            return;
        }
        const int32_t weight = sign * *largest;
        *largest = (int8_t)(*largest - sign * (excess < weight ? excess : weight));
    }
}

/* Appends what rows have lost of the weights that they were before, and says whether there was room. */
static int append(
    struct excesses *all, int32_t capacity, int32_t quad, const int8_t *before, const int8_t *rows, int32_t bytes) {
    for (int32_t i = 0; i < bytes; i++) {
        if (rows[i] == before[i]) {
            continue;
        }
        if (all->count == capacity) {
            return 0;
        }
        const int32_t row = 4 * (quad + i / ROW_BYTES) + i % 4;
        all->each[all->count++] = (struct excess){row, (int16_t)(i % ROW_BYTES / 4), (int16_t)(before[i] - rows[i])};
    }
    return 1;
}

/* Undoes what was set aside. */
static void put_back(int8_t *panel, struct excesses *all) {
    for (; all->count > 0; all->count--) {
        const struct excess *const last = all->each + all->count - 1;
        int8_t *const weight = panel + (int64_t)(last->row / 4) * ROW_BYTES + 4 * last->column + last->row % 4;
        *weight = (int8_t)(*weight + last->weight);
    }
}

/* Sets aside what goes too far of so many products that shall fit, or else nothing: says which. */
TARGET static int set_aside(int8_t *panel, int32_t quads, int32_t fitting, int32_t capacity) {
    struct excesses *const all = excesses_of(panel, quads);
    all->count = 0;
    const int32_t step = fitting / PAIRS;
    for (int32_t quad = 0; quad < quads; quad += step) {
        int8_t *const rows = panel + (int64_t)quad * ROW_BYTES;
        int8_t before[FOURS / PAIRS * ROW_BYTES];
        int32_t changed = 0;
        for (int32_t at = 0; at < ROW_BYTES; at += VECTOR_BYTES) {
            for (uint32_t pairs = beyond(rows + at, fitting); pairs; pairs &= pairs - 1, pairs &= pairs - 1) {
                if (!changed) {
                    memcpy(before, rows, (size_t)(step * ROW_BYTES));
                    changed = 1;
                }
                int8_t *const pair = rows + at + __builtin_ctz(pairs);
                fit(pair, fitting, 1);
                fit(pair, fitting, -1);
            }
        }
        const int32_t complete = all->count;
        if (changed && !append(all, capacity, quad, before, rows, step * ROW_BYTES)) {
            all->count = complete;
            memcpy(rows, before, (size_t)(step * ROW_BYTES));
            put_back(panel, all);
            return 0;
        }
    }
    all->fitting = fitting;
    return 1;
}

void nereid_int8_pack_avx2(NEREID_INT8_PACK_PARAMETERS) {
    const int32_t quads = (k + 3) / 4;
    const int64_t bytes = panel_bytes(quads);
    nereid_int8_pack_panels(b, k, n, panel, flip, packed, column_sums, bytes);
    for (int32_t first = 0; first < n; first += panel) {
        int8_t *const own = packed + first / panel * bytes;
        if (quads % 2 == 0 && set_aside(own, quads, FOURS, excess_capacity_of_fours(quads))) {
            continue;
        }
        if (!set_aside(own, quads, PAIRS, excess_capacity(quads))) {
            excesses_of(own, quads)->fitting = ALONE;
        }
    }
}
