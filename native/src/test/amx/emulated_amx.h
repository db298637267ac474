/*
 * The instructions of AMX in plain C, for tests alone: each thread has eight tiles. What a CPU would answer by a fault ends the
 * process with a sentence.
 */
#ifndef NEREID_EMULATED_AMX_H
#define NEREID_EMULATED_AMX_H

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct emulated_tile {
    int32_t rows;
    int32_t row_bytes;
    uint8_t bytes[AMX_ROWS][AMX_ROW_BYTES];
};

struct emulated_amx {
    int32_t configured;
    struct emulated_tile tiles[AMX_TILES];
};

static _Thread_local struct emulated_amx emulated_amx;

static inline void emulated_fault(const char *instruction, const char *reason) {
    fprintf(stderr, "emulated AMX: %s: %s\n", instruction, reason);
    abort();
}

static inline struct emulated_tile *emulated_tile(const char *instruction, int32_t tile) {
    struct emulated_tile *const found = &emulated_amx.tiles[tile];
    if (!emulated_amx.configured || found->rows == 0) {
        emulated_fault(instruction, "the tile has no shape");
    }
    return found;
}

static inline void emulated_configure(const struct amx_tiles *tiles) {
    const char *const instruction = "ldtilecfg";
    if (tiles->palette != 1 || tiles->start_row != 0) {
        emulated_fault(instruction, "expected palette 1 from row 0 on");
    }
    for (int32_t i = 0; i < 14; i++) {
        if (tiles->reserved[i]) {
            emulated_fault(instruction, "reserved bytes are not zero");
        }
    }
    memset(&emulated_amx, 0, sizeof emulated_amx);
    for (int32_t i = 0; i < 16; i++) {
        if (tiles->rows[i] > AMX_ROWS || tiles->row_bytes[i] > AMX_ROW_BYTES ||
            (i >= AMX_TILES && (tiles->rows[i] || tiles->row_bytes[i])) || !tiles->rows[i] != !tiles->row_bytes[i]) {
            emulated_fault(instruction, "no tile has this shape");
        }
        if (i < AMX_TILES) {
            emulated_amx.tiles[i].rows = tiles->rows[i];
            emulated_amx.tiles[i].row_bytes = tiles->row_bytes[i];
        }
    }
    emulated_amx.configured = 1;
}

static inline void emulated_zero(int32_t tile) {
    memset(emulated_tile("tilezero", tile)->bytes, 0, sizeof emulated_amx.tiles[tile].bytes);
}

/* Rows beyond the tile's, and bytes beyond theirs, become zeros, as a CPU has it. */
static inline void emulated_load(int32_t tile, const void *from, int64_t stride) {
    struct emulated_tile *const to = emulated_tile("tileloadd", tile);
    memset(to->bytes, 0, sizeof to->bytes);
    for (int32_t i = 0; i < to->rows; i++) {
        memcpy(to->bytes[i], (const char *)from + i * stride, (size_t)to->row_bytes);
    }
}

static inline void emulated_store(int32_t tile, void *to, int64_t stride) {
    const struct emulated_tile *const from = emulated_tile("tilestored", tile);
    for (int32_t i = 0; i < from->rows; i++) {
        memcpy((char *)to + i * stride, from->bytes[i], (size_t)from->row_bytes);
    }
}

/* The three tiles of a product. */
struct emulated_product {
    struct emulated_tile *to;
    const struct emulated_tile *left;
    const struct emulated_tile *right;
};

static inline struct emulated_product emulated_product(const char *instruction, int32_t sum, int32_t a, int32_t b) {
    const struct emulated_product product = {
        emulated_tile(instruction, sum), emulated_tile(instruction, a), emulated_tile(instruction, b)};
    if (sum == a || sum == b || a == b) {
        emulated_fault(instruction, "a tile is named twice");
    }
    if (product.to->rows != product.left->rows || product.to->row_bytes != product.right->row_bytes ||
        product.left->row_bytes != 4 * product.right->rows) {
        emulated_fault(instruction, "the shapes do not fit");
    }
    return product;
}

static inline void emulated_dot_bytes(int32_t sum, int32_t a, int32_t b) {
    const struct emulated_product product = emulated_product("tdpbusd", sum, a, b);
    struct emulated_tile *const to = product.to;
    const struct emulated_tile *const left = product.left;
    const struct emulated_tile *const right = product.right;
    for (int32_t i = 0; i < to->rows; i++) {
        int32_t sums[AMX_ROW_BYTES / 4];
        memcpy(sums, to->bytes[i], sizeof sums);
        for (int32_t q = 0; q < right->rows; q++) {
            const uint8_t *const four = left->bytes[i] + 4 * q;
            for (int32_t j = 0; j < to->row_bytes / 4; j++) {
                const int8_t *const weights = (const int8_t *)right->bytes[q] + 4 * j;
                const int32_t product =
                    four[0] * weights[0] + four[1] * weights[1] + four[2] * weights[2] + four[3] * weights[3];
                sums[j] = (int32_t)((uint32_t)sums[j] + (uint32_t)product);
            }
        }
        memcpy(to->bytes[i], sums, sizeof sums);
    }
}

static inline float emulated_flushed(float x) { return fabsf(x) < FLT_MIN ? copysignf(0, x) : x; }

/* The float that stands for one of the bf16 from an address on. */
static inline float emulated_float(const uint8_t *bf16, int32_t index) {
    uint16_t half;
    memcpy(&half, bf16 + 2 * index, sizeof half);
    const uint32_t bits = (uint32_t)half << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return emulated_flushed(x);
}

static inline void emulated_dot_bf16(int32_t sum, int32_t a, int32_t b) {
    const struct emulated_product product = emulated_product("tdpbf16ps", sum, a, b);
    for (int32_t i = 0; i < product.to->rows; i++) {
        for (int32_t j = 0; j < product.to->row_bytes / 4; j++) {
            float parts[2] = {0, 0};
            for (int32_t q = 0; q < product.right->rows; q++) {
                for (int32_t part = 0; part < 2; part++) {
                    const float x = emulated_float(product.left->bytes[i], 2 * q + part);
                    const float y = emulated_float(product.right->bytes[q], 2 * j + part);
                    parts[part] = emulated_flushed(fmaf(x, y, parts[part]));
                }
            }
            float total;
            memcpy(&total, product.to->bytes[i] + 4 * j, sizeof total);
            total = emulated_flushed(emulated_flushed(total) + emulated_flushed(parts[0] + parts[1]));
            memcpy(product.to->bytes[i] + 4 * j, &total, sizeof total);
        }
    }
}

#define TILES_CONFIGURE(tiles) emulated_configure(tiles)
#define TILES_RELEASE() (emulated_amx.configured = 0)
#define TILE_ZERO(tile) emulated_zero(tile)
#define TILE_LOAD(tile, from, stride) emulated_load(tile, from, stride)
#define TILE_STORE(tile, to, stride) emulated_store(tile, to, stride)
#define TILE_DOT_BYTES(sum, a, b) emulated_dot_bytes(sum, a, b)
#define TILE_DOT_BF16(sum, a, b) emulated_dot_bf16(sum, a, b)

#endif
