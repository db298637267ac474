/* What comes behind products of floats, with AVX2. */
#include "vectors_avx2.h"

#define FUNCTION nereid_f32_epilogue_avx2
#define TARGET __attribute__((target("avx2,fma")))

#include "epilogue.h"
