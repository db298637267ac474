/* Depthwise convolutions with the channels last, with AVX2. */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))
#define FUNCTION nereid_f32_depthwise_nhwc_avx2

#include "depthwise_nhwc.h"
