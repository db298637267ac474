/* Convolutions in narrow groups with the channels last, with AVX512. */
#include "vectors_avx512.h"

#define TARGET __attribute__((target("avx512f")))
#define FUNCTION nereid_f32_grouped_nhwc_avx512

#include "grouped_nhwc.h"
