/* int8 products with NEON's dot products. */
#define TARGET __attribute__((target("+dotprod")))

#include "int8_vectors_neon.h"

#define DOT(sum, right, left, lane) vdotq_laneq_s32(sum, right, left, lane)

#include "int8_tiles.h"

#define GEMM nereid_int8_gemm_dotprod
#define CONV nereid_int8_conv_dotprod

#include "int8_gemm.h"
