/* int8 products with SVE's dot products. */
#define TARGET __attribute__((target("+sve")))

#include "int8_vectors_sve.h"

#define DOT(sum, right, left, lane) svdot_lane_s32(sum, right, left, lane)

#include "int8_tiles.h"

#define GEMM nereid_int8_gemm_sve
#define CONV nereid_int8_conv_sve

#include "int8_gemm.h"
