/*
 * What the library offers to Java. Functions are plain C, keep no state, allocate nothing and may run on any number of
 * threads. Java checks every argument; nothing is checked here. A new function, a change of a signature or of a layout raises
 * NEREID_ABI_VERSION here and in NativeLibrary.java.
 */
#ifndef NEREID_H
#define NEREID_H

#include <stdint.h>

#define NEREID_ABI_VERSION 25
#define NEREID_EXPORT __attribute__((visibility("default")))

/* Bits of nereid_cpu_features: set where both the CPU and the operating system support the instructions. */
#define NEREID_CPU_AVX512_VNNI 1u /* with AVX512 F, BW and VL */
#define NEREID_CPU_AVX_VNNI 2u    /* with AVX2 */
#define NEREID_CPU_AVX512 4u      /* AVX512 F */
#define NEREID_CPU_AVX512_BF16 8u /* with AVX512 F */
#define NEREID_CPU_AVX2 16u       /* with FMA */
#define NEREID_CPU_DOTPROD 32u    /* NEON dot products of bytes */
#define NEREID_CPU_I8MM 64u       /* NEON products of matrices of bytes */
#define NEREID_CPU_BF16 128u      /* NEON products of bf16 */
#define NEREID_CPU_SVE_I8MM 256u  /* products of matrices of bytes with SVE */
#define NEREID_CPU_AMX_INT8 1024u /* with AVX2 */
#define NEREID_CPU_AMX_BF16 2048u /* with AVX2 */
#define NEREID_CPU_SVE_BYTES 16   /* from this bit on: bytes of a vector of SVE, none without */

/* Columns of one panel of a packed int8 matrix, for each kernel. */
#define NEREID_PANEL_AVX512_VNNI 64
#define NEREID_PANEL_256 16 /* of AVX VNNI, AVX2 and AMX */

/* Columns of one panel of a packed matrix of floats or of pairs of bf16. */
#define NEREID_PANEL_AVX512 48
#define NEREID_PANEL_AVX2 24
#define NEREID_PANEL_NEON 12

NEREID_EXPORT int32_t nereid_abi_version(void);
NEREID_EXPORT int32_t nereid_cpu_features(void);

/*
 * Packs b: int8 [k, n] into panels of `panel` columns, a multiple of 16: [ceil(n / panel)][ceil(k / 4)][panel][4], zero
 * beyond the edges. `flip` is 0x80 where b is uint8, which stores b - 128, else 0. column_sums: int32 [n], of what is stored.
 */
#define NEREID_INT8_PACK_PARAMETERS                                                                                    \
    const uint8_t *b, int32_t k, int32_t n, int32_t panel, int32_t flip, int8_t *packed, int32_t *column_sums

NEREID_EXPORT void nereid_int8_pack(NEREID_INT8_PACK_PARAMETERS);

/* The same for a panel of NEREID_PANEL_AVX512_VNNI columns. */
NEREID_EXPORT void nereid_int8_pack_avx512_vnni(NEREID_INT8_PACK_PARAMETERS);

/*
 * The same for nereid_int8_gemm_avx2 and nereid_int8_conv_avx2, panels of NEREID_PANEL_256 columns: each is followed by
 * 8 + 8 * ceil(ceil(k / 4) / 2) bytes, rounded up to 64, that say what of its weights is stored smaller.
 */
NEREID_EXPORT void nereid_int8_pack_avx2(NEREID_INT8_PACK_PARAMETERS);

/*
 * Packs for ARM, with panels of three vectors of int32: rows are filled up to a multiple of 8, not 4, and so they are on the
 * left side. For nereid_int8_gemm_dotprod, _sve and their convolutions a panel is [2 * ceil(k / 8)][panel][4], and behind it
 * lie int32 [panel], 128 times the sum of each of its columns. For those with i8mm it is [ceil(k / 8)][panel][8].
 */
NEREID_EXPORT void nereid_int8_pack_dots(NEREID_INT8_PACK_PARAMETERS);
NEREID_EXPORT void nereid_int8_pack_i8mm(NEREID_INT8_PACK_PARAMETERS);

/*
 * Lays out m rows of a left operand: uint8 [m, k] to rows of 4 * ceil(k / 4) bytes, zero beyond the edge. `flip` is 0x80
 * where a is int8, which stores a + 128, else 0. row_sums: int32 [m], of what is stored.
 */
#define NEREID_UINT8_ROWS_PARAMETERS                                                                                   \
    int32_t m, int32_t k, const uint8_t *a, int32_t flip, uint8_t *rows, int32_t *row_sums

NEREID_EXPORT void nereid_uint8_rows(NEREID_UINT8_ROWS_PARAMETERS);
NEREID_EXPORT void nereid_uint8_rows_avx512_vnni(NEREID_UINT8_ROWS_PARAMETERS);
NEREID_EXPORT void nereid_uint8_rows_neon(NEREID_UINT8_ROWS_PARAMETERS); /* 8 * ceil(k / 8) bytes */

/*
 * The same layout from x: float [m, k], each element quantised to round(x / scale) + zero_point, half to even, within
 * [0, 255]; NaN counts as 0.
 */
#define NEREID_UINT8_QUANTIZE_PARAMETERS                                                                               \
    int32_t m, int32_t k, const float *x, float scale, int32_t zero_point, uint8_t *rows, int32_t *row_sums

NEREID_EXPORT void nereid_uint8_quantize_avx512_vnni(NEREID_UINT8_QUANTIZE_PARAMETERS);
NEREID_EXPORT void nereid_uint8_quantize_avx2(NEREID_UINT8_QUANTIZE_PARAMETERS);
NEREID_EXPORT void nereid_uint8_quantize_neon(NEREID_UINT8_QUANTIZE_PARAMETERS); /* 8 * ceil(k / 8) bytes */

/*
 * What turns the int32 sums s[i, j] of a product into its results:
 *   t[i, j] = s[i, j] + column_start[j] + row_factor[i] * column_factor[j], modulo 2^32
 *   c[i, j] = t[i, j], or (float) t[i, j] * scale[j] + bias[j] rounded after each operation
 * column_start, column_factor: int32 [n]; row_factor: int32 [m]. column_factor NULL leaves the product out.
 * scale, bias: float [n]. scale NULL leaves c int32; bias NULL adds nothing.
 */
struct nereid_int8_epilogue {
    const int32_t *column_start;
    const int32_t *column_factor;
    const int32_t *row_factor;
    const float *scale;
    const float *bias;
};

/*
 * c[m, n] = epilogue(sum over k of a[m, k] * b[k, n]). a: uint8 [m, 4 * k4], rows lda bytes apart; b: packed by
 * nereid_int8_pack for this kernel's panel; c: int32 or float [m, n], rows ldc elements apart.
 */
#define NEREID_INT8_GEMM_PARAMETERS                                                                                    \
    int32_t m, int32_t n, int32_t k4, const uint8_t *a, int64_t lda, const int8_t *b, void *c, int64_t ldc,            \
        const int32_t *column_start, const int32_t *column_factor, const int32_t *row_factor, const float *scale,      \
        const float *bias

NEREID_EXPORT void nereid_int8_gemm_avx512_vnni(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_avx_vnni(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_avx2(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_amx(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_dotprod(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_i8mm(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_sve(NEREID_INT8_GEMM_PARAMETERS);
NEREID_EXPORT void nereid_int8_gemm_sve_i8mm(NEREID_INT8_GEMM_PARAMETERS);

/*
 * Rounds x: float [m, k], rows ldx elements apart, to bytes in blocks of `block` along k, zero beyond k. The largest
 * magnitude of a block becomes 127: a[i, k] = round(x[i, k] * (1 / scale)), half to even. A block has zeros only where that
 * scale is subnormal, which then counts as zero, or not finite. a: int8 [m, blocks * block], where weights have 4 bits of
 * eight that follow each other in k first those at even places and then those at odd ones; a_scales: float [m, blocks];
 * a_sums: int32 [m, blocks], of a.
 */
#define NEREID_BLOCKWISE_QUANTIZE_PARAMETERS                                                                           \
    int32_t bits, int32_t m, int32_t k, int32_t blocks, int32_t block, const float *x, int64_t ldx, int8_t *a,         \
        float *a_scales, int32_t *a_sums

NEREID_EXPORT void nereid_blockwise_quantize_avx512_vnni(NEREID_BLOCKWISE_QUANTIZE_PARAMETERS);
NEREID_EXPORT void nereid_blockwise_quantize_avx_vnni(NEREID_BLOCKWISE_QUANTIZE_PARAMETERS);
NEREID_EXPORT void nereid_blockwise_quantize_avx2(NEREID_BLOCKWISE_QUANTIZE_PARAMETERS);

/*
 * A product of what the function above made with weights of 4 or 8 bits. With d the exact sum of a[i, k] * (b[k, j] -
 * zeros[q, j]) over the block q, y[i, j] is the chain of y = fma(d, a_scales[i, q] * b_scales[q, j], y) over ascending q
 * from zero, to which bias[j] is added last; NULL adds nothing. block: a multiple of 16. b: uint32 [panels][blocks * block * bits / 32]
 * [NEREID_BLOCKWISE_PANEL], numbers that follow each other in k, from the lowest bits on. b_scales: float [panels][blocks]
 * [NEREID_BLOCKWISE_PANEL]; b_zeros: int32, likewise, or NULL for half of the range. y: rows ldy elements apart.
 */
#define NEREID_BLOCKWISE_PANEL 16
#define NEREID_BLOCKWISE_PRODUCT_PARAMETERS                                                                            \
    int32_t bits, int32_t m, int32_t columns, int32_t blocks, int32_t block, const int8_t *a, const float *a_scales,   \
        const int32_t *a_sums, const uint8_t *b, const float *b_scales, const int32_t *b_zeros, const float *bias,     \
        float *y, int64_t ldy

NEREID_EXPORT void nereid_blockwise_product_avx512_vnni(NEREID_BLOCKWISE_PRODUCT_PARAMETERS);
NEREID_EXPORT void nereid_blockwise_product_avx_vnni(NEREID_BLOCKWISE_PRODUCT_PARAMETERS);
NEREID_EXPORT void nereid_blockwise_product_avx2(NEREID_BLOCKWISE_PRODUCT_PARAMETERS);

/*
 * A convolution of bytes with its channels last, or a part of one: `positions` outputs from number `first` on, in lines
 * of `width`. What lies under the window of output p are `runs` runs of bytes; run r begins at
 * a + lines[p / width] + (p % width) * pixel + run_offsets[r] and has 4 * k4 bytes, of which those beyond the run's own
 * are multiplied with zeros, but read. b: packed by nereid_int8_pack for this kernel's panel, its rows
 * [runs][4 * k4]. With t[i, j] as in nereid_int8_epilogue, i and row_factor counted from `first` on, and c[i, j] `ldc`
 * elements from row to row:
 *   c[i, j] = t[i, j] as int32 where scale is NULL, else the byte
 *   c[i, j] = round((float) t[i, j] * scale[j]) + zero_point, half to even, within [lowest, lowest + 255]; NaN counts as 0.
 */
#define NEREID_INT8_CONV_PARAMETERS                                                                                    \
    int32_t first, int32_t positions, int32_t width, const int64_t *lines, int64_t pixel, int32_t runs,                \
        const int64_t *run_offsets, int32_t k4, const uint8_t *a, int32_t n, const int8_t *b, void *c, int64_t ldc,    \
        const int32_t *column_start, const int32_t *column_factor, const int32_t *row_factor, const float *scale,      \
        int32_t lowest, int32_t zero_point

NEREID_EXPORT void nereid_int8_conv_avx512_vnni(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_avx_vnni(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_avx2(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_amx(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_dotprod(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_i8mm(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_sve(NEREID_INT8_CONV_PARAMETERS);
NEREID_EXPORT void nereid_int8_conv_sve_i8mm(NEREID_INT8_CONV_PARAMETERS);

/*
 * The same of 3 x 3 taps that are one cell apart, both ways, by Winograd's algorithm: outputs [height, width], of which tiles of
 * 2 x 2, numbered row by row, are made from number `first` on, `block` of them at a time. x: the cell under the first tap of
 * the first window; rows x_row bytes apart, and as many as whole tiles read. channels: a multiple of 16, at most
 * NEREID_INT8_WINOGRAD_CHANNELS. u: int16 [panels][PLACES][channels / 2][NEREID_PANEL_256][2], filters with four times the
 * algorithm's weights. c and row_factor are counted from output 0 on. scratch: aligned to 64 bytes, of each tile of a block
 * [PLACES] int16 [channels] and int32 [NEREID_PANEL_256].
 */
#define NEREID_INT8_WINOGRAD_PLACES 16
#define NEREID_INT8_WINOGRAD_TILES 48
#define NEREID_INT8_WINOGRAD_CHANNELS 1024
#define NEREID_INT8_WINOGRAD_PARAMETERS                                                                                \
    int32_t first, int32_t tiles, int32_t block, int32_t height, int32_t width, const uint8_t *x, int64_t x_row,       \
        int32_t channels, int32_t n, const int16_t *u, void *c, int64_t ldc, const int32_t *column_start,              \
        const int32_t *column_factor, const int32_t *row_factor, const float *scale, int32_t lowest,                   \
        int32_t zero_point, void *scratch

NEREID_EXPORT void nereid_int8_winograd_avx2(NEREID_INT8_WINOGRAD_PARAMETERS);

/* sums[i]: of the bytes under the window of output first + i, `bytes` bytes a run; the rest as above. */
NEREID_EXPORT void nereid_uint8_window_sums(
    int32_t first, int32_t positions, int32_t width, const int64_t *lines, int64_t pixel, int32_t runs,
    const int64_t *run_offsets, int32_t bytes, const uint8_t *a, int32_t *sums);

/* Copies lines of bytes, each with the bits of `flip` flipped; steps are bytes from line to line. */
NEREID_EXPORT void nereid_uint8_lines(
    int32_t lines, int64_t bytes, const uint8_t *from, int64_t from_step, uint8_t *to, int64_t to_step, int32_t flip);

/*
 * Outputs of the rows [out_from, out_to) of a depthwise convolution of bytes with its channels last. x: [height, width,
 * channels], each byte with the bits of `flip` flipped before it counts as uint8; beyond its edges lie bytes of `edge`,
 * which are flipped too. The window has rows, of which there are at most NEREID_DEPTHWISE_ROWS, and columns; the first one lies
 * padding_top rows above and padding_left columns before x. Channels are in blocks of NEREID_DEPTHWISE_BLOCK, of which the
 * last of several ends with the last channel; place 16 * v + 4 * l + i of a block is that of its channel 16 * l + 4 * v + i.
 * w: int8 [blocks][columns][ceil(rows / 4)][places][4 rows], zero where there is no row. Each of the planes - 1 planes of
 * `more`, laid out as w, is multiplied too and added. With t = sum + bias - zero * filter_sums, modulo 2^32:
 *   y = t as int32 where scale is NULL, else the byte round((float) t * scale) + zero_point, half to even, within [lowest,
 *   lowest + 255]; NaN counts as 0
 * filter_sums: int32 [channels]; bias: int32 [channels], or NULL; scale: float [channels]. y: [out rows, out_width,
 * channels].
 */
#define NEREID_DEPTHWISE_BLOCK 64
#define NEREID_DEPTHWISE_ROWS 32

#define NEREID_INT8_DEPTHWISE_PARAMETERS                                                                               \
    int32_t channels, const uint8_t *x, int32_t height, int32_t width, int32_t flip, int32_t edge, const int8_t *w,    \
        int32_t planes, const int8_t *more, int32_t rows, int32_t columns, int32_t stride_down, int32_t stride_across, \
        int32_t dilation_down, int32_t dilation_across, int32_t padding_top, int32_t padding_left,                     \
        const int32_t *filter_sums, int32_t zero, const int32_t *bias, const float *scale, int32_t lowest,             \
        int32_t zero_point, void *y, int32_t out_from, int32_t out_to, int32_t out_width

NEREID_EXPORT void nereid_int8_depthwise_avx512_vnni(NEREID_INT8_DEPTHWISE_PARAMETERS);
NEREID_EXPORT void nereid_int8_depthwise_avx2(NEREID_INT8_DEPTHWISE_PARAMETERS);

/* Products of floats that one chain of fused multiply-adds adds up: rounding errors grow with its length. */
#define NEREID_CHAIN 256

/*
 * c[rows, columns] = clamp(sum over p of a[rows, p] * b[p, columns] + s). s[i, j] = sums[i * sums_row + j] is added last;
 * NULL adds nothing. Where sums is c, and sums_row ldc, the sums are added to what c holds instead.
 * A row of a is `runs` runs of k elements, run_stride elements apart; p counts them all. At most NEREID_CHAIN products in
 * all, where sums is not c, are one chain of fused multiply-adds in ascending p that starts at zero. Otherwise each run is
 * cut after every NEREID_CHAIN elements, each piece is such a chain, and they are added one after the other. The sums are clamped to [low,
 * high]; not a number stays as it is. rows: any; columns: 1 to the kernel's panel. a: rows lda elements apart. b:
 * [runs * k][columns rounded up to 16, with AVX2 to 8, with NEON to 4], rows ldb elements apart, the columns beyond the edge with any
 * content. c: rows ldc elements apart, overlapping none of the others but as said. Meanwhile next_bytes from `next` on are brought into the L2 cache; they need not exist.
 */
#define NEREID_PANEL_PARAMETERS(ELEMENT)                                                                               \
    int32_t rows, int32_t columns, int32_t runs, int32_t k, const ELEMENT *a, int64_t lda, int64_t run_stride,         \
        const ELEMENT *b, int64_t ldb, const ELEMENT *next, int64_t next_bytes, float *c, int64_t ldc,                 \
        const float *sums, int64_t sums_row, float low, float high

NEREID_EXPORT void nereid_f32_panel_avx512(NEREID_PANEL_PARAMETERS(float));
NEREID_EXPORT void nereid_f32_panel_avx2(NEREID_PANEL_PARAMETERS(float));

/*
 * Packs the transpose of b: [n, k], rows ldb elements apart, for the panel's function: panels of as many rows of b as
 * columns, the last one's rounded up to 16, with AVX2 to 8, those that are too many zeros.
 */
NEREID_EXPORT void nereid_f32_pack_transposed_avx512(
    int32_t n, int32_t k, const float *b, int64_t ldb, float *packed);
NEREID_EXPORT void nereid_f32_pack_transposed_avx2(
    int32_t n, int32_t k, const float *b, int64_t ldb, float *packed);

/*
 * c[columns] = clamp(sum over p of a[p] * b[p, columns] + s) for one row and `panels` full panels that follow each other,
 * the same sums to the last bit as the panel's function gives for each. a: [k]; b: [panels][k][panel]; c, and sums where it
 * is not NULL: [panels * panel].
 */
#define NEREID_ROW_PARAMETERS(ELEMENT)                                                                                 \
    int32_t panels, int32_t k, const ELEMENT *a, const ELEMENT *b, float *c, const float *sums, float low, float high

NEREID_EXPORT void nereid_f32_row_avx512(NEREID_ROW_PARAMETERS(float));
NEREID_EXPORT void nereid_f32_row_avx2(NEREID_ROW_PARAMETERS(float));

/*
 * c[m, n] = a[m, k] * b[k, n] of doubles: each element is one chain of fused multiply-adds in ascending k from zero. Strides
 * are elements; columns of b and c lie next to each other. c overlaps none of the others.
 */
#define NEREID_F64_PRODUCT_PARAMETERS                                                                                  \
    int32_t m, int32_t n, int32_t k, const double *a, int64_t a_row, int64_t a_column, const double *b, int64_t b_row, \
        double *c, int64_t c_row

NEREID_EXPORT void nereid_f64_product_avx512(NEREID_F64_PRODUCT_PARAMETERS);
NEREID_EXPORT void nereid_f64_product_avx2(NEREID_F64_PRODUCT_PARAMETERS);

/*
 * The panel's and the row's function of bf16: an element of a and b is a pair of bf16 that follow each other in k, the first
 * in the low half, and its product is added as sum = fma(a0, b0, fma(a1, b1, sum)). All products of an element of c are one
 * chain, which starts at what c holds where sums is c. With AVX512 subnormal numbers count as zeros.
 */
NEREID_EXPORT void nereid_bf16_panel_avx512(NEREID_PANEL_PARAMETERS(uint32_t));
NEREID_EXPORT void nereid_bf16_panel_amx(NEREID_PANEL_PARAMETERS(uint32_t));
NEREID_EXPORT void nereid_bf16_row_avx512(NEREID_ROW_PARAMETERS(uint32_t));
NEREID_EXPORT void nereid_bf16_panel_neon(NEREID_PANEL_PARAMETERS(uint32_t));
NEREID_EXPORT void nereid_bf16_row_neon(NEREID_ROW_PARAMETERS(uint32_t));

/*
 * Softmax of attention, without the division: x becomes exp(scale * x + mask - m), with m the maximum of the exponents of the
 * row, and factors[i] = 1 / (sum of row i). scores: [rows, keys], rows `row` elements apart. mask: NULL, or [rows, keys], rows mask_row elements apart, of one number for all keys
 * where mask_repeats. An exponential below the normal numbers is zero.
 */
#define NEREID_ATTENTION_SOFTMAX_PARAMETERS                                                                            \
    int32_t rows, int32_t keys, float *scores, int64_t row, float scale, const float *mask, int64_t mask_row,          \
        int32_t mask_repeats, float *factors

NEREID_EXPORT void nereid_f32_attention_softmax_avx512(NEREID_ATTENTION_SOFTMAX_PARAMETERS);
NEREID_EXPORT void nereid_f32_attention_softmax_avx2(NEREID_ATTENTION_SOFTMAX_PARAMETERS);

/*
 * What comes behind the sums c of a product: c = activation(c + addend) + residual. c: [rows, columns], its rows c_row
 * elements apart; addend: likewise, or one number for all columns of a row where addend_repeats, or NULL; residual:
 * likewise, or NULL. activation: one of those below; alpha: the slope of NEREID_LEAKY_RELU; NEREID_CLIP is to [alpha,
 * beta].
 */
#define NEREID_NO_ACTIVATION 0
#define NEREID_RELU 1
#define NEREID_LEAKY_RELU 2
#define NEREID_CLIP 3
#define NEREID_GELU 4 /* x / 2 * (1 + erf(x / sqrt(2))) */
#define NEREID_TANH 5
#define NEREID_SIGMOID 6
#define NEREID_HARD_SWISH 7 /* x * min(max(x / 6 + 0.5, 0), 1) */
#define NEREID_SWISH 8      /* x / (1 + exp(-x)) */
#define NEREID_EPILOGUE_PARAMETERS                                                                                     \
    int32_t rows, int32_t columns, float *c, int64_t c_row, const float *addend, int64_t addend_row,                   \
        int32_t addend_repeats, const float *residual, int64_t residual_row, int32_t activation, float alpha, float beta

NEREID_EXPORT void nereid_f32_epilogue_avx512(NEREID_EPILOGUE_PARAMETERS);
NEREID_EXPORT void nereid_f32_epilogue_avx2(NEREID_EPILOGUE_PARAMETERS);

/*
 * y = f(x) of `length` numbers; y may be x. `function` is one of the activations above that has no other parameter than alpha,
 * or one of these.
 */
#define NEREID_ERF 9
#define NEREID_EXP 10
#define NEREID_GELU_TANH 11 /* the approximation of GELU by tanh */

/* NEREID_SWISH is x / (1 + exp(-alpha * x)); the others do not look at alpha. */
NEREID_EXPORT void nereid_f32_function_avx2(int32_t function, int32_t length, const float *x, float *y, float alpha);

/*
 * z = x op y, rows of `length` numbers. Rows are x_row, y_row and z_row bytes apart, 0 for the same row again; an operand of
 * step 0 is one number for the whole row, else its step is 1. z may be an operand of the same place and step; no other overlap.
 */
#define NEREID_ADD 0
#define NEREID_SUBTRACT 1
#define NEREID_MULTIPLY 2
#define NEREID_DIVIDE 3
NEREID_EXPORT void nereid_f32_binary_avx2(
    int32_t operation, int32_t rows, int32_t length, const float *x, int64_t x_row, int32_t x_step, const float *y,
    int64_t y_row, int32_t y_step, float *z, int64_t z_row);

/*
 * Layer norm of each row: (z - mean) / sqrt(variance + epsilon) * scale + bias with z = x + residual, or x where residual is
 * NULL. x, residual, y: [rows, length], dense; y may be x or residual; scale, bias: [length].
 */
#define NEREID_LAYER_NORM_PARAMETERS                                                                                   \
    int32_t rows, int32_t length, const float *x, const float *residual, const float *scale, const float *bias,        \
        float *y, float epsilon

NEREID_EXPORT void nereid_f32_layer_norm_avx512(NEREID_LAYER_NORM_PARAMETERS);
NEREID_EXPORT void nereid_f32_layer_norm_avx2(NEREID_LAYER_NORM_PARAMETERS);

/* The same by the root of the mean square: x / sqrt(mean of x * x + epsilon) * scale. */
#define NEREID_RMS_NORM_PARAMETERS                                                                                     \
    int32_t rows, int32_t length, const float *x, const float *scale, float *y, float epsilon

NEREID_EXPORT void nereid_f32_rms_norm_avx512(NEREID_RMS_NORM_PARAMETERS);
NEREID_EXPORT void nereid_f32_rms_norm_avx2(NEREID_RMS_NORM_PARAMETERS);

/* Softmax of each row. x, y: [rows, length], dense; y may be x. An exponential below the normal numbers is zero. */
NEREID_EXPORT void nereid_f32_softmax_avx512(int32_t rows, int32_t length, const float *x, float *y);
NEREID_EXPORT void nereid_f32_softmax_avx2(int32_t rows, int32_t length, const float *x, float *y);

/* The same of doubles, an exponential of which may be subnormal. */
NEREID_EXPORT void nereid_f64_softmax_avx512(int32_t rows, int32_t length, const double *x, double *y);
NEREID_EXPORT void nereid_f64_softmax_avx2(int32_t rows, int32_t length, const double *x, double *y);

/* The logarithm of the softmax of each row. x, y: [rows, length], dense; y may be x. */
NEREID_EXPORT void nereid_f32_log_softmax_avx512(int32_t rows, int32_t length, const float *x, float *y);
NEREID_EXPORT void nereid_f32_log_softmax_avx2(int32_t rows, int32_t length, const float *x, float *y);

/*
 * Prefix sums (CumSum) down columns, accumulated as doubles, of 16 columns at least. x, y: [rows, columns],
 * the columns next to each other and rows `stride` bytes apart, which may be negative; y is not x.
 */
NEREID_EXPORT void nereid_f32_prefix_sums_avx2(
    int32_t rows, int32_t columns, const char *x, char *y, int64_t stride);

/* y[i, j] *= factors[i]. y: [rows, columns], rows `row` elements apart. */
NEREID_EXPORT void nereid_f32_scale_rows_avx512(
    int32_t rows, int32_t columns, float *y, int64_t row, const float *factors);
NEREID_EXPORT void nereid_f32_scale_rows_avx2(
    int32_t rows, int32_t columns, float *y, int64_t row, const float *factors);

/*
 * Depthwise convolution with the channels first: y = clamp(x * w + bias). x: [channels, height, width]; w: [channels, rows, columns], rows 3, 5 or
 * 7; y: [channels, out_height, out_width]; bias: [channels], or NULL. stride is 1 or 2 along both axes; the first tap of
 * the first output lies padding_top rows above and padding_left cells before x, and cells beyond x are zeros. A sum is one
 * chain of fused multiply-adds that starts at zero and goes through w column by column; the bias is added last, and the clamp to
 * [low, high] keeps NaN.
 */
#define NEREID_DEPTHWISE_PARAMETERS                                                                                    \
    int32_t channels, const float *x, int32_t height, int32_t width, const float *w, int32_t rows, int32_t columns,    \
        int32_t stride, int32_t padding_top, int32_t padding_left, const float *bias, float low, float high, float *y, \
        int32_t out_height, int32_t out_width

NEREID_EXPORT void nereid_f32_depthwise_avx512(NEREID_DEPTHWISE_PARAMETERS);
NEREID_EXPORT void nereid_f32_depthwise_avx2(NEREID_DEPTHWISE_PARAMETERS);

/*
 * Depthwise convolution with the channels last (NHWC), for some rows of output cells: x: the first cell under the window of the first output,
 * its padding written out; w: [taps][taps][channels rounded up to whole vectors], w_tap elements from tap to tap, taps 3 or 5 with a
 * stride of 1 or 2, or 1 with a stride of 1; y: the first of `rows` rows of `cells` cells. Cells and rows lie as many elements
 * apart as is said. Of x a whole vector is read at the last channels of a cell. A chain goes through w row by row.
 */
#define NEREID_DEPTHWISE_NHWC_PARAMETERS                                                                               \
    int32_t channels, int32_t rows, int32_t cells, const float *x, int64_t x_row, int64_t x_cell, const float *w,      \
        int64_t w_tap, int32_t taps, int32_t stride, const float *bias, float low, float high, float *y,               \
        int64_t y_row, int64_t y_cell

NEREID_EXPORT void nereid_f32_depthwise_nhwc_avx512(NEREID_DEPTHWISE_NHWC_PARAMETERS);
NEREID_EXPORT void nereid_f32_depthwise_nhwc_avx2(NEREID_DEPTHWISE_NHWC_PARAMETERS);

/*
 * Grouped 3 x 3 convolution with the channels last (NHWC): a vector of sums holds as many groups as both their filters and
 * their channels fit into one: vector_filters and vector_channels, the last vector has what is left of `filters`. own:
 * [channels][lanes], the place in a vector of x that each filter reads; w: [vectors][3][3][channels][lanes]. Of x a whole vector is
 * read at each vector's first channel. A chain goes through the rows of taps, in a row through the channels, and then through the taps.
 */
#define NEREID_GROUPED_NHWC_PARAMETERS                                                                                 \
    int32_t filters, int32_t vector_filters, int32_t vector_channels, int32_t channels, int32_t rows, int32_t cells,   \
        const float *x, int64_t x_row, int64_t x_cell, const int32_t *own, const float *w, int32_t stride,             \
        const float *bias, float low, float high, float *y, int64_t y_row, int64_t y_cell

NEREID_EXPORT void nereid_f32_grouped_nhwc_avx512(NEREID_GROUPED_NHWC_PARAMETERS);
NEREID_EXPORT void nereid_f32_grouped_nhwc_avx2(NEREID_GROUPED_NHWC_PARAMETERS);

/*
 * Max pooling with the channels last (NHWC), of 8 channels at least: windows side by side of `rows` rows and `columns` columns
 * from x on, which lie x_row and x_column bytes apart. Windows move by x_cell bytes; y: [cells, channels]. Returns 1, or 0 where there
 * was a NaN; y is then undefined.
 */
#define NEREID_MAX_POOL_NHWC_PARAMETERS                                                                                \
    int32_t channels, int32_t cells, int32_t rows, int32_t columns, const float *x, int64_t x_row, int64_t x_column,   \
        int64_t x_cell, float *y

NEREID_EXPORT int32_t nereid_f32_max_pool_nhwc_avx2(NEREID_MAX_POOL_NHWC_PARAMETERS);

/*
 * Max pooling of one channel, x: [input] to y: [output], every row of windows over a row of the input at least.
 * window: [6, 2], of the axes' input, kernel, stride (that of columns 1 or 2), dilation, padding and output.
 * lines: room for line_rows lines of so many parts as the stride of columns is; each has part_cells cells, holds every cell or
 * every second one of what the rows under a row of windows come to, and has negative infinity around them, which stays.
 * `lines` is the first of the first line's cells. Returns what the function above does.
 */
#define NEREID_MAX_POOL_TAPS 32 /* columns of a window at most */
#define NEREID_MAX_POOL_PLANE_PARAMETERS                                                                               \
    const int32_t *window, int32_t line_rows, int32_t part_cells, const float *x, float *lines, float *y

NEREID_EXPORT int32_t nereid_f32_max_pool_plane_avx2(NEREID_MAX_POOL_PLANE_PARAMETERS);

/*
 * Gathers words of the rows of an image, as nearest-neighbour resize does: 8 words at least, from lines of 8 words at least. sources: the line of x that each row is made of.
 * Vector by vector of a row: starts, where 8 words of the line begin, in bytes, and lanes: [vectors, 8], which of them each word
 * is. The last vector ends with the row, overlapping the one before.
 */
NEREID_EXPORT void nereid_gather_words_avx2(
    int32_t rows, int32_t words, const int32_t *sources, const int32_t *starts, const int32_t *lanes, const char *x,
    int64_t x_line, char *y);

/*
 * Winograd's F(4 x 4, 3 x 3) with the channels last, a tile a call; channels and filters are multiples of 8. Places are
 * numbered row by row, `place` elements apart.
 * The first function transforms the 6 x 6 cells from x on, whose rows and cells lie x_row and x_cell elements apart, to 36
 * places from v on.
 */
#define NEREID_WINOGRAD_INPUT_PARAMETERS                                                                               \
    int32_t channels, const float *x, int64_t x_row, int64_t x_cell, float *v, int64_t place

NEREID_EXPORT void nereid_f32_winograd_input_avx2(NEREID_WINOGRAD_INPUT_PARAMETERS);

/*
 * The second one transforms 36 places from m on back, adds bias: [filters], or NULL, and clamps to [low, high], which leaves
 * NaN as it is. Of 4 x 4 cells from y on only `rows` rows and `columns` columns are written.
 */
#define NEREID_WINOGRAD_OUTPUT_PARAMETERS                                                                              \
    int32_t filters, const float *m, int64_t place, const float *bias, float low, float high, float *y, int32_t rows,  \
        int64_t y_row, int32_t columns, int64_t y_cell

NEREID_EXPORT void nereid_f32_winograd_output_avx2(NEREID_WINOGRAD_OUTPUT_PARAMETERS);

/*
 * Takes `steps` steps of a recurrent layer for a batch of sequences, the units of the blocks [from, to), a block being as
 * many of the `hidden` units as follow. Where that is not all blocks, steps is 1.
 * A gate of a unit is a chain of fused multiply-adds in ascending k over the hidden state of the step before, from zero, to
 * which the part from the input is added last.
 * r: [blocks][hidden][gates][units]; x: [steps][batch][blocks][gates][units], the gates' part from the input; h: [batch]
 * [hidden], the state before the first step; y: [steps][batch][hidden], the states after each. Steps and rows of x and y,
 * and rows of h, lie as many elements apart as is said.
 */
#define NEREID_UNITS_AVX512 16
#define NEREID_UNITS_AVX2 8
#define NEREID_RECURRENT_PARAMETERS                                                                                    \
    int32_t steps, int32_t batch, int32_t hidden, int32_t from, int32_t to, const float *r, const float *x,            \
        int64_t x_step, int64_t x_row, const float *h, int64_t h_row, float *y, int64_t y_step, int64_t y_row

/* The gates are input, output, forget and cell. c: [batch][hidden], the cell states, which are replaced. */
NEREID_EXPORT void nereid_f32_lstm_avx512(NEREID_RECURRENT_PARAMETERS, float *c);
NEREID_EXPORT void nereid_f32_lstm_avx2(NEREID_RECURRENT_PARAMETERS, float *c);

/*
 * The gates are update, reset and hidden; reset multiplies the product of the hidden one, to which bias is
 * added: [blocks][units], or NULL.
 */
NEREID_EXPORT void nereid_f32_gru_avx512(NEREID_RECURRENT_PARAMETERS, const float *bias);
NEREID_EXPORT void nereid_f32_gru_avx2(NEREID_RECURRENT_PARAMETERS, const float *bias);

/*
 * Products of rows of floats with packed bytes, each row quantised to uint8 by itself: with `low` and `high` the least and
 * the largest of its numbers and zero, inverse = 255 / (high - low), or 0 where that difference is none, and zero =
 * round(-low * inverse) within [0, 255], a number becomes round(x * inverse) + zero, half to even, within [0, 255]; NaN becomes the zero. With s the sum of the products of a row's bytes with those of a column, and t = s - zero *
 * offsets[j] - sum of the row * zeros[j], modulo 2^32:
 *   y[i, j] = (float) t * ((high - low) / 255 * scales[j]) + bias[j], rounded after each operation
 * x: [m, k], rows ldx elements apart; n: a multiple of NEREID_PANEL_AVX512_VNNI; b: packed by nereid_int8_pack for this
 * panel; offsets, zeros: int32 [n], zeros NULL for zeros; scales, bias: [n], bias NULL for zeros; y: [m, n], rows ldy elements
 * apart; scratch: m * (4 * ceil(k / 4) + 12) bytes, aligned to 4.
 */
#define NEREID_INT8_GATES_PARAMETERS                                                                                   \
    int32_t m, int32_t n, int32_t k, const float *x, int64_t ldx, const int8_t *b, const int32_t *offsets,             \
        const int32_t *zeros, const float *scales, const float *bias, float *y, int64_t ldy, uint8_t *scratch

NEREID_EXPORT void nereid_int8_gates_avx512_vnni(NEREID_INT8_GATES_PARAMETERS);

/*
 * Steps of LSTM for all blocks, as nereid_f32_lstm_avx512 takes them, but that the product with the hidden state is one of
 * bytes as above, with x in place of the bias. r: packed by nereid_int8_pack, its columns [blocks][gates][units]; c: [batch]
 * [hidden]; scratch: batch * (4 * ceil(hidden / 4) + 12) bytes, aligned to 4.
 */
#define NEREID_INT8_LSTM_PARAMETERS                                                                                    \
    int32_t steps, int32_t batch, int32_t hidden, const int8_t *r, const int32_t *offsets, const int32_t *zeros,       \
        const float *scales, const float *x, int64_t x_step, int64_t x_row, const float *h, int64_t h_row, float *y,   \
        int64_t y_step, int64_t y_row, float *c, uint8_t *scratch

NEREID_EXPORT void nereid_int8_lstm_avx512_vnni(NEREID_INT8_LSTM_PARAMETERS);

/*
 * Scores rows by a forest: scores[row, target] = sum of the weights of the leaves that the row comes to, in the order of the
 * trees and then of the weights; present: uint8 [rows, targets], 1 where there was one, else 0.
 * x: [rows, features]. A row's keys are integers in the order of its features, NaN above all others; with two keys a feature
 * the second has NaN below them. keys_per_feature * features is at most NEREID_FOREST_KEYS. Nodes are four integers: which
 * key, a bound, the place where keys up to the bound lead, above which they lead to the place NEREID_FOREST_NODE behind that,
 * and -1; a leaf leads to itself for any key, and its index is in place of the -1. Places count integers. roots: [groups]
 * [NEREID_FOREST_TREES]; certain_steps: [groups], steps from any root of a group before which no leaf comes. The weights of
 * leaf i, each for one target, are those from first_weights[i] up to first_weights[i + 1].
 */
#define NEREID_FOREST_TREES 8
#define NEREID_FOREST_NODE 4
#define NEREID_FOREST_KEYS 4096

NEREID_EXPORT void nereid_forest_scores(
    int32_t rows, int32_t features, int32_t keys_per_feature, const float *x, int32_t groups, const int32_t *nodes,
    const int32_t *roots, const int32_t *certain_steps, const int32_t *first_weights, const int32_t *weight_targets,
    const float *weights, int32_t targets, float *scores, uint8_t *present);

/*
 * Transposes x: [rows, columns] to y: [columns, rows], of words of 4 bytes with at least 8 rows and columns, or of bytes with
 * at least 16. Elements of a row are next to each other; strides are bytes from row to row. Nothing overlaps.
 */
#define NEREID_TRANSPOSE_PARAMETERS                                                                                    \
    int64_t rows, int64_t columns, const uint8_t *x, int64_t x_stride, uint8_t *y, int64_t y_stride

NEREID_EXPORT void nereid_transpose_words_avx2(NEREID_TRANSPOSE_PARAMETERS);
NEREID_EXPORT void nereid_transpose_bytes_avx2(NEREID_TRANSPOSE_PARAMETERS);

#endif
