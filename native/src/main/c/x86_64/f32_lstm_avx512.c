/* Steps of LSTM in floats with AVX512. */
#include "vectors_avx512.h"

#define LSTM nereid_f32_lstm_avx512
#define TARGET __attribute__((target("avx512f")))

#define TALLEST 6
#define FEW 2
#define TILES(TILE) TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#define WIDE_TILES(TILE) TILE(1) TILE(2)
#define ADDITIONS(HEIGHT, BLOCKS) BY_ROW(HEIGHT, BLOCKS)
#define OPENS 0

#include "lstm.h"
