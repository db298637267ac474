/* The transformations of Winograd's algorithm with AVX2. */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))
#define INPUT nereid_f32_winograd_input_avx2
#define OUTPUT nereid_f32_winograd_output_avx2

#include "winograd.h"
