/* Steps of GRU in floats with AVX512. */
#include "vectors_avx512.h"

#define GRU nereid_f32_gru_avx512
#define TARGET __attribute__((target("avx512f")))

#define TALLEST 8
#define FEW 2
#define TILES(TILE) TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)
#define WIDE_TILES(TILE) TILE(1) TILE(2)
#define ADDITIONS(HEIGHT, BLOCKS) BY_ROW(HEIGHT, BLOCKS)
#define OPENS 0

#include "gru.h"
