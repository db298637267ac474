/* int8 products with SVE's products of matrices, of unsigned with signed bytes. */
#define TARGET __attribute__((target("+sve+i8mm")))

#include "int8_vectors_sve.h"

#define MULTIPLY(sum, left, right) svusmmla_s32(sum, left, right)

#include "int8_tiles.h"

#define GEMM nereid_int8_gemm_sve_i8mm
#define CONV nereid_int8_conv_sve_i8mm

#include "int8_gemm.h"
