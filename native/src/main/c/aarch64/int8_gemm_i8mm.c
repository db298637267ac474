/* int8 products with NEON's products of matrices, of unsigned with signed bytes. */
#define TARGET __attribute__((target("+i8mm")))

#include "int8_vectors_neon.h"

#define MULTIPLY(sum, left, right) vusmmlaq_s32(sum, left, right)

#include "int8_tiles.h"

#define GEMM nereid_int8_gemm_i8mm
#define CONV nereid_int8_conv_i8mm

#include "int8_gemm.h"
