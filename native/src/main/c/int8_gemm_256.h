/*
 * int8 products for CPUs without AVX512: the text of nereid_int8_gemm_avx_vnni and nereid_int8_gemm_avx2, and of the
 * convolutions. Who includes it has included int8_tiles_256.h and defines
 *
 *   GEMM, CONV                    the functions' names
 *   TARGET                        the attribute that names their instructions
 *   PANEL_BYTES(quads)            from panel to panel of k = 4 * quads rows
 *   TILES_OF(panel, quads, k4)    the struct tiles that multiply with a panel of runs of 4 * k4 rows
 *   COMPLETE(panel, quads, rows, count, offsets, k4, sums)
 *                                 adds to the sums of a tile what its tiles have left out
 */

#define INLINE static inline __attribute__((always_inline)) TARGET

/* All ones in the lanes of a vector that lie within the matrix, where `columns` are left. */
INLINE __m256i column_mask(int32_t columns) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(columns), lanes);
}

/* Without a mask where there is a whole vector: AMD's processors before Zen 4 take many times as long with one. */
INLINE void store_columns(char *to, int32_t columns, __m256i mask, __m256i vector) {
    if (columns >= VECTOR) {
        _mm256_storeu_si256((__m256i *)to, vector);
    } else {
        _mm256_maskstore_epi32((int32_t *)to, mask, vector);
    }
}

/* Turns sums: int32 [rows, PANEL] into c: [rows, columns], the tile at (row, column) of the result. */
TARGET static void finish(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, char *c, int64_t ldc,
    const struct nereid_int8_epilogue *e) {
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j += VECTOR) {
            const __m256i mask = column_mask(columns - j);
            char *const to = c + 4 * (i * ldc + j);
            __m256i sum = _mm256_loadu_si256((const __m256i *)(sums + i * PANEL + j));
            sum = _mm256_add_epi32(sum, _mm256_maskload_epi32(e->column_start + column + j, mask));
            if (e->column_factor) {
                const __m256i factor = _mm256_maskload_epi32(e->column_factor + column + j, mask);
                sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_set1_epi32(e->row_factor[row + i]), factor));
            }
            if (!e->scale) {
                store_columns(to, columns - j, mask, sum);
                continue;
            }
            const __m256 scale = _mm256_maskload_ps(e->scale + column + j, mask);
            __m256 result = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
            if (e->bias) {
                result = _mm256_add_ps(result, _mm256_maskload_ps(e->bias + column + j, mask));
            }
            store_columns(to, columns - j, mask, _mm256_castps_si256(result));
        }
    }
}

void GEMM(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    _Alignas(64) int32_t sums[TALLEST_OF_ALL * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * PANEL_BYTES(k4);
        const struct tiles tiles = TILES_OF(panel, k4, k4);
        for (int32_t row = 0; row < m; row += tiles.tallest) {
            const int32_t rows = m - row < tiles.tallest ? m - row : tiles.tallest;
            const uint8_t *starts[TALLEST_OF_ALL];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + (row + i) * lda;
            }
            tiles.run[rows - 1](starts, 1, &offset, k4, panel, sums);
            COMPLETE(panel, k4, starts, rows, &offset, k4, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}

/* How the sums of a panel's columns become bytes: start and scale of each, and what all share. */
struct bytes {
    __m256i start[2];
    __m256i factor[2];
    __m256 scale[2];
    __m256 low;
    __m256 high;
    __m256i zero_point;
};

/* The bytes of a vector's columns, as int32. */
INLINE __m256i bytes_of(
    const struct bytes *to, const int32_t *sums, const int has_factor, __m256i row_factor, int32_t vector) {
    __m256i sum = _mm256_load_si256((const __m256i *)(sums + vector * VECTOR));
    sum = _mm256_add_epi32(sum, to->start[vector]);
    if (has_factor) {
        sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(row_factor, to->factor[vector]));
    }
    __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), to->scale[vector]);
    value = _mm256_and_ps(value, _mm256_cmp_ps(value, value, _CMP_ORD_Q));
    value = _mm256_min_ps(_mm256_max_ps(value, to->low), to->high);
    return _mm256_add_epi32(_mm256_cvtps_epi32(value), to->zero_point);
}

/* Turns sums: int32 [rows, PANEL] into bytes c: [rows, columns], as nereid_int8_conv does it. */
TARGET static void finish_bytes(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, uint8_t *c, int64_t ldc,
    const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {
    const int has_factor = e->column_factor != 0;
    struct bytes to;
    to.low = _mm256_set1_ps((float)(lowest - zero_point));
    to.high = _mm256_set1_ps((float)(lowest + 255 - zero_point));
    to.zero_point = _mm256_set1_epi32(zero_point);
    for (int32_t vector = 0; vector < 2; vector++) {
        const int32_t first = vector * VECTOR;
        const __m256i mask = column_mask(columns - first);
        to.start[vector] = _mm256_maskload_epi32(e->column_start + column + first, mask);
        to.factor[vector] = has_factor ? _mm256_maskload_epi32(e->column_factor + column + first, mask)
                                             : _mm256_setzero_si256();
        to.scale[vector] = _mm256_maskload_ps(e->scale + column + first, mask);
    }
    const __m256i low_byte = _mm256_set1_epi32(0xff);
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (int32_t i = 0; i < rows; i++, sums += PANEL, c += ldc) {
        const __m256i factor = _mm256_set1_epi32(has_factor ? e->row_factor[row + i] : 0);
        const __m256i shorts = _mm256_packus_epi32(
            _mm256_and_si256(bytes_of(&to, sums, has_factor, factor, 0), low_byte),
            _mm256_and_si256(bytes_of(&to, sums, has_factor, factor, 1), low_byte));
        const __m128i all = _mm256_castsi256_si128(
            _mm256_permutevar8x32_epi32(_mm256_packus_epi16(shorts, shorts), in_order));
        if (columns == PANEL) {
            _mm_storeu_si128((__m128i *)c, all);
        } else {
            memcpy(c, &all, (size_t)columns);
        }
    }
}

void CONV(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int32_t quads = runs * k4;
    _Alignas(64) int32_t sums[TALLEST_OF_ALL * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * PANEL_BYTES(quads);
        const struct tiles tiles = TILES_OF(panel, quads, k4);
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0; row < positions; row += tiles.tallest) {
            const int32_t rows = positions - row < tiles.tallest ? positions - row : tiles.tallest;
            const uint8_t *starts[TALLEST_OF_ALL];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            tiles.run[rows - 1](starts, runs, run_offsets, k4, panel, sums);
            COMPLETE(panel, quads, starts, rows, run_offsets, k4, sums);
            const int64_t to = row * ldc + column;
            if (scale) {
                finish_bytes(
                    sums, rows, columns, row, column, (uint8_t *)c + to, ldc, &epilogue, lowest, zero_point);
            } else {
                finish(sums, rows, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
            }
        }
    }
}
