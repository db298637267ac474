/* Depthwise convolutions with the channels last, with AVX512. */
#include "vectors_avx512.h"

#define TARGET __attribute__((target("avx512f")))
#define FUNCTION nereid_f32_depthwise_nhwc_avx512

#include "depthwise_nhwc.h"
