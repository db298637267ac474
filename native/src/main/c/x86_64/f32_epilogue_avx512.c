/* What comes behind products of floats, with AVX512. */
#include "vectors_avx512.h"

#define FUNCTION nereid_f32_epilogue_avx512
#define TARGET __attribute__((target("avx512f")))

#include "epilogue.h"
