/* Convolutions in narrow groups with the channels last, with AVX2. */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))
#define FUNCTION nereid_f32_grouped_nhwc_avx2

#include "grouped_nhwc.h"
