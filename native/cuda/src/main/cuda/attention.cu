// Attention of FP32, FP16 and BF16 with an online softmax, without tensor cores. Oracle: ScalarAttention.
#include "attention_tile.cuh"

KERNEL(attention, AttentionArgs) {
    __shared__ AttentionTile tile;
    attend<Fp32>(a, tile);
}

KERNEL(attention_fp16, HalfAttentionArgs) {
    __shared__ AttentionTile tile;
    attend<Fp16>(a, tile);
}

KERNEL(attention_bf16, HalfAttentionArgs) {
    __shared__ AttentionTile tile;
    attend<Bf16>(a, tile);
}
