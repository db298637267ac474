/*
 * The instructions of AMX, as text: compilers name them only where they are told of the CPU, and gcc's own names do not say
 * that memory is read. A tile is one of eight, by its number, with rows of up to 64 bytes. With NEREID_EMULATED_AMX they are
 * functions of a test, for CPUs without them.
 */
#ifndef NEREID_AMX_H
#define NEREID_AMX_H

#include <stdint.h>

/* Bits of nereid_cpu_features, by XCR0 and the register EDX of CPUID's leaf 7. */
uint32_t nereid_amx_features(uint64_t state, uint32_t leaf7_d);

#define AMX_TILES 8
#define AMX_ROWS 16
#define AMX_ROW_BYTES 64

/* What TILES_CONFIGURE reads: rows and bytes of a row of each tile. Palette 1 has the shapes above. */
struct amx_tiles {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

#ifdef NEREID_EMULATED_AMX
#include "emulated_amx.h"
#else

/* Gives tiles their shapes, and zeros. */
#define TILES_CONFIGURE(tiles) __asm__ volatile("ldtilecfg %0" : : "m"(*(tiles)) : "memory")

/* Gives the tiles up: until then they are saved with the thread. */
#define TILES_RELEASE() __asm__ volatile("tilerelease")

#define TILE_ZERO(tile) __asm__ volatile("tilezero %%tmm" #tile :)

/* The rows of a tile from memory, `stride` bytes apart. */
#define TILE_LOAD(tile, from, stride)                                                                                  \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile : : "r"(from), "r"((int64_t)(stride)) : "memory")

#define TILE_STORE(tile, to, stride)                                                                                   \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)" : : "r"(to), "r"((int64_t)(stride)) : "memory")

/* sum[i][j] of int32 += the sum over four of a[i][4 q + p], unsigned, times b[q][4 j + p], signed, for each q. */
#define TILE_DOT_BYTES(sum, a, b) __asm__ volatile("tdpbusd %%tmm" #b ", %%tmm" #a ", %%tmm" #sum :)

/*
 * sum[i][j] of floats += (the sum over q of a[i][2 q] times b[q][2 j]) + (the same of 2 q + 1 and 2 j + 1), of bf16, each sum a
 * chain of fused multiply-adds from zero; subnormal numbers are zeros.
 */
#define TILE_DOT_BF16(sum, a, b) __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum :)

#endif
#endif
