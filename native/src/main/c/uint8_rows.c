#include "nereid.h"

void nereid_uint8_rows(int32_t m, int32_t k, const uint8_t *a, int32_t flip, uint8_t *rows, int32_t *row_sums) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    for (int32_t i = 0; i < m; i++) {
        const uint8_t *from = a + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        uint32_t sum = 0;
        for (int32_t j = 0; j < k; j++) {
            to[j] = (uint8_t)(from[j] ^ flip);
            sum += to[j];
        }
        for (int64_t j = k; j < row_bytes; j++) {
            to[j] = 0;
        }
        row_sums[i] = (int32_t)sum;
    }
}
