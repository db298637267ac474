/*
 * One row times many panels. The three sums that a panel has for one row would wait for each other's
 * multiply-adds; those of four panels side by side do not. The includer includes and defines what panel.h says.
 */
#ifdef ONE_CHAIN
#define BLOCK k
#else
#define BLOCK NEREID_CHAIN
#endif
#define WIDEST 4

typedef void row(
    int32_t k, const ELEMENT *a, const ELEMENT *b, float *c, const float *sums, FLOATS low, FLOATS high);

#define PANELS_1(X) X(0)
#define PANELS_2(X) PANELS_1(X) X(1)
#define PANELS_3(X) PANELS_2(X) X(2)
#define PANELS_4(X) PANELS_3(X) X(3)

#define START(i, j) FLOATS s##i##j = ZEROS;
#define START_3(i) START(i, 0) START(i, 1) START(i, 2)

#define BASE(i) const ELEMENT *const b##i = b + i * panel;

#define ADD(i, j) s##i##j = MULTIPLY_ADD(s##i##j, factor, READ(b##i + at + j * VECTOR));
#define ADD_3(i) ADD(i, 0) ADD(i, 1) ADD(i, 2)

#define EARLIER(i, j) s##i##j = PLUS(s##i##j, LOAD_FLOATS(c + i * FLOATS_PANEL + j * VECTOR));
#define EARLIER_3(i) EARLIER(i, 0) EARLIER(i, 1) EARLIER(i, 2)

#define KEEP(i, j) STORE_FLOATS(c + i * FLOATS_PANEL + j * VECTOR, s##i##j);
#define KEEP_3(i) KEEP(i, 0) KEEP(i, 1) KEEP(i, 2)

#define COMPLETE(i, j) s##i##j = PLUS(s##i##j, LOAD_FLOATS(sums + i * FLOATS_PANEL + j * VECTOR));
#define COMPLETE_3(i) COMPLETE(i, 0) COMPLETE(i, 1) COMPLETE(i, 2)

/* The numbers of a vector come second: an operand that is not a number is then the result. */
#define STORE(i, j) STORE_FLOATS(c + i * FLOATS_PANEL + j * VECTOR, LOWER(high, HIGHER(low, s##i##j)));
#define STORE_3(i) STORE(i, 0) STORE(i, 1) STORE(i, 2)

#define ROW(PANELS)                                                                                                    \
    TARGET static void row_##PANELS(                                                                                   \
        int32_t k, const ELEMENT *a, const ELEMENT *b, float *c, const float *sums, FLOATS low, FLOATS high) {         \
        const int64_t panel = (int64_t)k * FLOATS_PANEL;                                                               \
        PANELS_##PANELS(BASE)                                                                                          \
        int64_t p = 0;                                                                                                 \
        int64_t at = 0;                                                                                                \
        do {                                                                                                           \
            const int64_t from = p;                                                                                    \
            const int64_t end = k - p > BLOCK ? p + BLOCK : k;                                                         \
            PANELS_##PANELS(START_3)                                                                                   \
            for (; p < end; p++, at += FLOATS_PANEL) {                                                                 \
                const OPERAND factor = BROADCAST(a[p]);                                                                \
                PANELS_##PANELS(ADD_3)                                                                                 \
            }                                                                                                          \
            if (from > 0) {                                                                                            \
                PANELS_##PANELS(EARLIER_3)                                                                             \
            }                                                                                                          \
            if (p < k) {                                                                                               \
                PANELS_##PANELS(KEEP_3)                                                                                \
                continue;                                                                                              \
            }                                                                                                          \
            if (sums) {                                                                                                \
                PANELS_##PANELS(COMPLETE_3)                                                                            \
            }                                                                                                          \
            PANELS_##PANELS(STORE_3)                                                                                   \
        } while (p < k);                                                                                               \
    }

ROW(1)
ROW(2)
ROW(3)
ROW(4)

static row *const rows[WIDEST] = {row_1, row_2, row_3, row_4};

TARGET void FUNCTION(NEREID_ROW_PARAMETERS(ELEMENT)) {
    const FLOATS lows = SPREAD(low);
    const FLOATS highs = SPREAD(high);
    for (int32_t panel = 0; panel < panels;) {
        const int32_t width = panels - panel < WIDEST ? panels - panel : WIDEST;
        rows[width - 1](k, a, b, c, sums, lows, highs);
        panel += width;
        b += (int64_t)width * k * FLOATS_PANEL;
        c += width * FLOATS_PANEL;
        sums = sums ? sums + width * FLOATS_PANEL : 0;
    }
}
