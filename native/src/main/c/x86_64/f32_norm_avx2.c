/* Norms of rows of floats with AVX2. */
#include "vectors_avx2.h"

#define LAYER_NORM nereid_f32_layer_norm_avx2
#define RMS_NORM nereid_f32_rms_norm_avx2
#define TARGET __attribute__((target("avx2,fma")))

#include "norm.h"
