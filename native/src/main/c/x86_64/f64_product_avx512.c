/* Products of doubles with AVX512: lanes beyond the last column are left out by a mask. */
#include "doubles_avx512.h"

#define PRODUCT nereid_f64_product_avx512
#define TALLEST_1 8
#define TALLEST_2 8
#define TALLEST_3 8
#define HEIGHTS_1(X) UP_TO_8(X, 1)
#define HEIGHTS_2(X) UP_TO_8(X, 2)
#define HEIGHTS_3(X) UP_TO_8(X, 3)
#define LAST __mmask8
#define LAST_OF(vectors, beyond) ((__mmask8)(0xff >> (beyond)))
#define LOAD_LAST(last, j, row) _mm512_maskz_loadu_pd(last, (row) + (j) * VECTOR)
#define STORE_LAST(last, j, row, vector) _mm512_mask_storeu_pd((row) + (j) * VECTOR, last, vector)
#define PACKS 0

#include "product.h"
