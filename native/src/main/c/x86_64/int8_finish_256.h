/*
 * How sums of int8 products leave registers of 256 bits: as int32, as floats or as bytes. Included once by each file of tiles,
 * behind int8_tiles_256.h; TARGET is the attribute that names its instructions.
 */
#ifndef NEREID_INT8_FINISH_256_H
#define NEREID_INT8_FINISH_256_H

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

/* How the sums of a panel's columns become bytes: start and scale of each, and what all share. */
struct bytes {
    __m256i start[2];
    __m256i factor[2];
    __m256 scale[2];
    __m256 low;
    __m256 high;
    __m256i from_lowest; /* int16: the zero point above the lowest byte */
    __m128i lowest;
    int mild;
};

INLINE struct bytes bytes_of(
    const struct nereid_int8_epilogue *e, int64_t column, int32_t columns, int32_t lowest, int32_t zero_point) {
    struct bytes to;
    int32_t mild = 0xff;
    for (int32_t vector = 0; vector < 2; vector++) {
        const int64_t first = vector * VECTOR;
        const __m256i mask = column_mask(columns - vector * VECTOR);
        to.start[vector] = _mm256_maskload_epi32(e->column_start + column + first, mask);
        to.factor[vector] =
            e->column_factor ? _mm256_maskload_epi32(e->column_factor + column + first, mask) : _mm256_setzero_si256();
        to.scale[vector] = _mm256_maskload_ps(e->scale + column + first, mask);
        const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), to.scale[vector]);
        mild &= _mm256_movemask_ps(_mm256_cmp_ps(magnitude, _mm256_set1_ps(0.5f), _CMP_LT_OQ));
    }
    to.low = _mm256_set1_ps((float)(lowest - zero_point));
    to.high = _mm256_set1_ps((float)(lowest + 255 - zero_point));
    to.from_lowest = _mm256_set1_epi16((int16_t)(zero_point - lowest));
    to.lowest = _mm_set1_epi8((int8_t)lowest);
    to.mild = mild == 0xff;
    return to;
}

/* The rounded numbers of a vector's columns, as int32: at least those within the bytes' range are right. */
INLINE __m256i rounded(
    const struct bytes *to, const int32_t *sums, const int mild, const int has_factor, __m256i row_factor,
    const int32_t vector) {
    __m256i sum = _mm256_load_si256((const __m256i *)(sums + vector * VECTOR));
    sum = _mm256_add_epi32(sum, to->start[vector]);
    if (has_factor) {
        sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(row_factor, to->factor[vector]));
    }
    __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), to->scale[vector]);
    if (!mild) {
        value = _mm256_and_ps(value, _mm256_cmp_ps(value, value, _CMP_ORD_Q));
        value = _mm256_min_ps(_mm256_max_ps(value, to->low), to->high);
    }
    return _mm256_cvtps_epi32(value);
}

/* Scales below a half are `mild`: a sum times one of them is an int32, and packing saturates it. */
INLINE void rows_of_bytes(
    const struct bytes *to, const int32_t *sums, int32_t rows, int32_t columns, uint8_t *c, int64_t ldc, const int mild,
    const int has_factor, const int32_t *row_factor) {
    /* Bytes may be stored to anything: what is not copied would be read again for each row. */
    const struct bytes own = *to;
    for (int32_t i = 0; i < rows; i++, sums += PANEL, c += ldc) {
        const __m256i factor = _mm256_set1_epi32(has_factor ? row_factor[i] : 0);
        __m256i shorts = _mm256_packs_epi32(
            rounded(&own, sums, mild, has_factor, factor, 0), rounded(&own, sums, mild, has_factor, factor, 1));
        shorts = _mm256_adds_epi16(_mm256_permute4x64_epi64(shorts, 0xd8), own.from_lowest);
        const __m128i above = _mm_packus_epi16(_mm256_castsi256_si128(shorts), _mm256_extracti128_si256(shorts, 1));
        const __m128i all = _mm_add_epi8(above, own.lowest);
        if (columns == PANEL) {
            _mm_storeu_si128((__m128i *)c, all);
        } else if (columns == PANEL / 2) {
            _mm_storel_epi64((__m128i *)c, all);
        } else {
            memcpy(c, &all, (size_t)columns);
        }
    }
}

/* Turns sums: int32 [rows, PANEL] into bytes c: [rows, columns], as nereid_int8_conv does it; row_factor NULL for none. */
TARGET static void finish_bytes(
    const struct bytes *to, const int32_t *sums, int32_t rows, int32_t columns, uint8_t *c, int64_t ldc,
    const int32_t *row_factor) {
    if (row_factor) {
        rows_of_bytes(to, sums, rows, columns, c, ldc, to->mild, 1, row_factor);
    } else if (to->mild) {
        rows_of_bytes(to, sums, rows, columns, c, ldc, 1, 0, 0);
    } else {
        rows_of_bytes(to, sums, rows, columns, c, ldc, 0, 0, 0);
    }
}

#endif
