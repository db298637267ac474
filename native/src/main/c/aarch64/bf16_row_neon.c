/* One row of bf16 products with NEON; bf16_panel_neon.c says by which instructions. */
#include "vectors_neon.h"

#define FUNCTION nereid_bf16_row_neon
#define TARGET __attribute__((target("+bf16")))
#define ELEMENT uint32_t
#define OPERAND bfloat16x8_t
#define READ(address) vreinterpretq_bf16_u32(vld1q_u32(address))
#define BROADCAST(element) vreinterpretq_bf16_u32(vdupq_n_u32(element))
#define MULTIPLY_ADD(sum, x, y) vbfmlalbq_f32(vbfmlaltq_f32(sum, x, y), x, y)
#define ONE_CHAIN
#include "row.h"
