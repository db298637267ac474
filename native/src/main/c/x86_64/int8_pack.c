#include "int8_pack.h"

#include <immintrin.h>
#include <string.h>

#define GROUP 4
#define COLUMNS 16

/* So many sums of bytes fit into 16 bits. */
#define ROWS_OF_SHORTS 256

/* Sums of unsigned bytes: the first and the last eight of 16 columns. */
struct sums {
    __m128i first;
    __m128i last;
};

static inline struct sums added(struct sums sums, __m128i bytes) {
    const __m128i zero = _mm_setzero_si128();
    const struct sums result = {
        _mm_add_epi16(sums.first, _mm_unpacklo_epi8(bytes, zero)), _mm_add_epi16(sums.last, _mm_unpackhi_epi8(bytes, zero))};
    return result;
}

/* Adds the sums to those of columns, less 128 for each of the rows. */
static void flush(struct sums sums, int32_t rows, int32_t *column_sums) {
    uint16_t shorts[COLUMNS];
    _mm_storeu_si128((__m128i *)shorts, sums.first);
    _mm_storeu_si128((__m128i *)(shorts + COLUMNS / 2), sums.last);
    for (int32_t column = 0; column < COLUMNS; column++) {
        column_sums[column] += shorts[column] - 128 * rows;
    }
}

/* Four rows of 16 columns, each four rows of which lie `step` bytes behind the last ones. */
static void pack_columns(
    const uint8_t *b, int32_t k, int32_t n, int32_t flip, int8_t *to, int64_t step, int32_t *column_sums) {
    const __m128i flips = _mm_set1_epi8((char)flip);
    const __m128i middle = _mm_set1_epi8((char)0x80);
    for (int32_t from = 0; from < k; from += ROWS_OF_SHORTS) {
        const int32_t end = k - from < ROWS_OF_SHORTS ? k : from + ROWS_OF_SHORTS;
        struct sums sums = {_mm_setzero_si128(), _mm_setzero_si128()};
        for (int32_t row = from; row < end; row += GROUP) {
            __m128i rows[GROUP];
            for (int32_t i = 0; i < GROUP; i++) {
                if (row + i < end) {
                    rows[i] = _mm_xor_si128(
                        _mm_loadu_si128((const __m128i *)(b + (int64_t)(row + i) * n)), flips);
                    sums = added(sums, _mm_xor_si128(rows[i], middle));
                } else {
                    rows[i] = _mm_setzero_si128();
                }
            }
            const __m128i low01 = _mm_unpacklo_epi8(rows[0], rows[1]);
            const __m128i high01 = _mm_unpackhi_epi8(rows[0], rows[1]);
            const __m128i low23 = _mm_unpacklo_epi8(rows[2], rows[3]);
            const __m128i high23 = _mm_unpackhi_epi8(rows[2], rows[3]);
            __m128i *const group = (__m128i *)(to + row / GROUP * step);
            _mm_storeu_si128(group, _mm_unpacklo_epi16(low01, low23));
            _mm_storeu_si128(group + 1, _mm_unpackhi_epi16(low01, low23));
            _mm_storeu_si128(group + 2, _mm_unpacklo_epi16(high01, high23));
            _mm_storeu_si128(group + 3, _mm_unpackhi_epi16(high01, high23));
        }
        flush(sums, end - from, column_sums);
    }
}

/* Byte by byte: fewer columns, of which the others are zeros already. */
static void pack_last(
    const uint8_t *b, int32_t k, int32_t n, int32_t columns, int32_t flip, int8_t *to, int64_t step,
    int32_t *column_sums) {
    for (int32_t row = 0; row < k; row++) {
        int8_t *const group = to + row / GROUP * step + row % GROUP;
        for (int32_t column = 0; column < columns; column++) {
            const int8_t value = (int8_t)(b[(int64_t)row * n + column] ^ flip);
            group[column * GROUP] = value;
            column_sums[column] += value;
        }
    }
}

void nereid_int8_pack_panels(NEREID_INT8_PACK_PARAMETERS, int64_t panel_bytes) {
    const int64_t k4 = (k + GROUP - 1) / GROUP;
    memset(column_sums, 0, sizeof(int32_t) * (size_t)n);
    for (int32_t first = 0; first < n; first += panel) {
        const int32_t columns = n - first < panel ? n - first : panel;
        int8_t *const to = packed + first / panel * panel_bytes;
        const int64_t step = (int64_t)panel * GROUP;
        if (columns < panel) {
            memset(to, 0, (size_t)(k4 * step));
        }
        int32_t column = 0;
        for (; column + COLUMNS <= columns; column += COLUMNS) {
            const int32_t at = first + column;
            pack_columns(b + at, k, n, flip, to + (int64_t)column * GROUP, step, column_sums + at);
        }
        if (column < columns) {
            const int32_t at = first + column;
            pack_last(b + at, k, n, columns - column, flip, to + (int64_t)column * GROUP, step, column_sums + at);
        }
    }
}

void nereid_int8_pack(NEREID_INT8_PACK_PARAMETERS) {
    const int64_t k4 = (k + GROUP - 1) / GROUP;
    nereid_int8_pack_panels(b, k, n, panel, flip, packed, column_sums, k4 * panel * GROUP);
}
