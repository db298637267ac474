/*
 * Products of doubles with AVX2. Where the columns do not fill the last vector of several, it goes over some of the one before
 * again, which come to the same: a mask would need a register that there is not.
 */
#include "doubles_avx2.h"

struct last {
    int32_t lanes;
    int64_t offset;
};

#define PRODUCT nereid_f64_product_avx2
#define TALLEST_1 8
#define TALLEST_2 6
#define TALLEST_3 4
#define HEIGHTS_1(X) UP_TO_8(X, 1)
#define HEIGHTS_2(X) UP_TO_6(X, 2)
#define HEIGHTS_3(X) UP_TO_4(X, 3)
#define LAST struct last
#define LAST_OF(vectors, beyond) {VECTOR - (beyond), ((vectors) - 1) * VECTOR - (beyond)}
#define LOAD_LAST(last, j, row)                                                                                        \
    ((j) == 0 ? LOAD_FIRST((last).lanes, row) : LOAD_DOUBLES((row) + (last).offset))
#define PACKS 1
#define STORE_LAST(last, j, row, vector)                                                                               \
    if ((j) == 0) {                                                                                                    \
        store_first((last).lanes, row, vector);                                                                        \
    } else {                                                                                                           \
        STORE_DOUBLES((row) + (last).offset, vector);                                                                  \
    }

#include "product.h"
