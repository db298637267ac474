/* Norms of rows of floats with AVX512. */
#include "vectors_avx512.h"

#define LAYER_NORM nereid_f32_layer_norm_avx512
#define RMS_NORM nereid_f32_rms_norm_avx512
#define TARGET __attribute__((target("avx512f")))

#include "norm.h"
