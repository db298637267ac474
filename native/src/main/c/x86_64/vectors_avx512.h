/*
 * Vectors of floats with AVX512, as panel.h and row.h use them. LAST says how many elements the last vector of a row has:
 * here as a mask.
 */
#include "nereid.h"

#include <immintrin.h>

#define VECTOR 16
#define FLOATS_PANEL NEREID_PANEL_AVX512
#define FLOATS __m512
#define ZEROS _mm512_setzero_ps()
#define SPREAD(number) _mm512_set1_ps(number)
#define LOAD_FLOATS(address) _mm512_loadu_ps(address)
#define STORE_FLOATS(address, vector) _mm512_storeu_ps(address, vector)
/* y where x or y is NaN. */
#define LOWER(x, y) _mm512_min_ps(x, y)
#define HIGHER(x, y) _mm512_max_ps(x, y)
#define PLUS(x, y) _mm512_add_ps(x, y)
#define MINUS(x, y) _mm512_sub_ps(x, y)
#define TIMES(x, y) _mm512_mul_ps(x, y)
#define OVER(x, y) _mm512_div_ps(x, y)
#define TIMES_PLUS(x, y, z) _mm512_fmadd_ps(x, y, z)
/* y where x is negative, else x. */
#define OR_NEGATIVE(x, y) _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, ZEROS, _CMP_LT_OQ), y)
/* Bits moved up by so many. */
#define MOVE_UP(x, bits) _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(x), bits))
/* The sum of their bits as integers. */
#define PLUS_BITS(x, y)                                                                                                \
    _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), _mm512_castps_si512(y)))
#define TOTAL(x) _mm512_reduce_add_ps(x)
/* What keeps a vector in its register where there are few. */
#define HOLD(vector)
/* The elements of a vector from these places. */
#define PLACES __m512i
#define LOAD_PLACES(address) _mm512_loadu_si512(address)
#define PICK(places, vector) _mm512_permutexvar_ps(places, vector)

#define LAST __mmask16
#define LAST_OF(elements) ((__mmask16)(0xffff >> (VECTOR - (elements))))
#define LOAD_LAST(last, address) _mm512_maskz_loadu_ps(last, address)
#define STORE_LAST(last, address, vector) _mm512_mask_storeu_ps(address, last, vector)
/* Zeros behind the last element. */
#define KEEP_LAST(last, vector) _mm512_maskz_mov_ps(last, vector)

/* Brings a line into the L2 cache. */
#define PREFETCH(line) _mm_prefetch(line, _MM_HINT_T1)

/* Heights of the tiles of one, two and three vectors: with the operands they fill 32 registers. */
#define TALLEST_1 16
#define TALLEST_2 12
#define TALLEST_3 8
#define HEIGHTS_1(X) UP_TO_16(X, 1)
#define HEIGHTS_2(X) UP_TO_12(X, 2)
#define HEIGHTS_3(X) UP_TO_8(X, 3)
