/* Steps of LSTM in floats with AVX2. Sums fill twelve registers: four for the factors and the weights are left. */
#include "vectors_avx2.h"

#define LSTM nereid_f32_lstm_avx2
#define TARGET __attribute__((target("avx2,fma")))

#define TALLEST 3
#define FEW 1
#define TILES(TILE) TILE(1) TILE(2) TILE(3)
#define WIDE_TILES(TILE) TILE(1)
#define ADDITIONS(HEIGHT, BLOCKS) BY_COLUMN(HEIGHT, BLOCKS)
#define OPENS 1

#include "lstm.h"
