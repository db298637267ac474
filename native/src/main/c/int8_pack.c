#include "nereid.h"

#include <string.h>

void nereid_int8_pack(NEREID_INT8_PACK_PARAMETERS) {
    const int64_t k4 = (k + 3) / 4;
    memset(column_sums, 0, sizeof(int32_t) * (size_t)n);
    for (int32_t first = 0; first < n; first += panel) {
        const int32_t columns = n - first < panel ? n - first : panel;
        int8_t *to = packed + first * k4 * 4;
        memset(to, 0, (size_t)(k4 * 4 * panel));
        for (int32_t row = 0; row < k; row++) {
            const uint8_t *from = b + (int64_t)row * n + first;
            int8_t *group = to + (row / 4) * (int64_t)panel * 4 + row % 4;
            for (int32_t column = 0; column < columns; column++) {
                const int8_t value = (int8_t)(from[column] ^ flip);
                group[column * 4] = value;
                column_sums[first + column] += value;
            }
        }
    }
}
