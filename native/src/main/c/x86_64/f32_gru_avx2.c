/*
 * Steps of GRU in floats with AVX2. Sums fill twelve registers: four for a row of weights and a factor, or for factors and a
 * vector of weights, are left.
 */
#include "vectors_avx2.h"

#define GRU nereid_f32_gru_avx2
#define TARGET __attribute__((target("avx2,fma")))

#define TALLEST 4
#define FEW 2
#define TILES(TILE) TILE(1) TILE(2) TILE(3) TILE(4)
#define WIDE_TILES(TILE) TILE(1) TILE(2)
#define ADDITIONS(HEIGHT, BLOCKS) ADDITIONS_##BLOCKS(HEIGHT)
#define ADDITIONS_1(HEIGHT) BY_ROW(HEIGHT, 1)
#define ADDITIONS_2(HEIGHT) BY_COLUMN(HEIGHT, 2)
#define OPENS 1

#include "gru.h"
