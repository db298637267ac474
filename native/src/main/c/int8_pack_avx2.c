/* Packs int8 matrices for AVX2 and sets their excesses aside; int8_excess.h says which. */
#include "int8_excess.h"
#include "int8_pack.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define ROW_BYTES (4 * NEREID_PANEL_256)
#define MOST_OF_A_PAIR 128

/* A bit pair for each pair of weights that goes too far, of 32 bytes. */
TARGET static inline uint32_t pairs_beyond(const int8_t *weights) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)weights);
    const __m256i sums = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
    const __m256i beyond = _mm256_cmpgt_epi16(_mm256_abs_epi16(sums), _mm256_set1_epi16(MOST_OF_A_PAIR));
    return (uint32_t)_mm256_movemask_epi8(beyond);
}

/* How many excesses there are. */
TARGET static int64_t count_of(const int8_t *panel, int32_t quads) {
    int64_t count = 0;
    for (int64_t at = 0; at < (int64_t)quads * ROW_BYTES; at += 32) {
        count += __builtin_popcount(pairs_beyond(panel + at)) / 2;
    }
    return count;
}

/* Takes the excess of the pair that begins at a byte of a row of the panel out of its larger weight. */
static struct excess take(int8_t *row, int32_t quad, int32_t byte) {
    int8_t *const pair = row + byte;
    const int32_t sum = pair[0] + pair[1];
    const int32_t weight = sum > 0 ? sum - MOST_OF_A_PAIR : sum + MOST_OF_A_PAIR;
    const int32_t larger = sum > 0 ? pair[1] > pair[0] : pair[1] < pair[0];
    pair[larger] = (int8_t)(pair[larger] - weight);
    return (struct excess){4 * quad + byte % 4 + larger, (int16_t)(byte / 4), (int16_t)weight};
}

TARGET static void set_aside(int8_t *panel, int32_t quads) {
    struct excesses *const all = excesses_of(panel, quads);
    if (count_of(panel, quads) > excess_capacity(quads)) {
        all->count = EXCESS_TOO_MANY;
        return;
    }
    all->count = 0;
    for (int32_t quad = 0; quad < quads; quad++) {
        int8_t *const row = panel + (int64_t)quad * ROW_BYTES;
        for (int32_t half = 0; half < ROW_BYTES; half += 32) {
            for (uint32_t beyond = pairs_beyond(row + half); beyond; beyond &= beyond - 1, beyond &= beyond - 1) {
                all->each[all->count++] = take(row, quad, half + __builtin_ctz(beyond));
            }
        }
    }
}

void nereid_int8_pack_avx2(NEREID_INT8_PACK_PARAMETERS) {
    const int32_t quads = (k + 3) / 4;
    const int64_t bytes = panel_bytes(quads);
    nereid_int8_pack_panels(b, k, n, panel, flip, packed, column_sums, bytes);
    for (int32_t first = 0; first < n; first += panel) {
        set_aside(packed + first / panel * bytes, quads);
    }
}
