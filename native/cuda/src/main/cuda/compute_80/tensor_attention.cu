// Attention by tensor cores of FP16 and BF16, for heads of up to 64 and up to 128 elements: see tensor_attention.cuh. Sizes and
// strides of tokens, heads and items are multiples of 8, and q, k and v begin at multiples of 16 bytes.
//
// Oracles: attention_fp16 and attention_bf16 in attention.cu. Grid: batch * (queries / 64), heads; block: 128.
#include "tensor_attention.cuh"

KERNEL(tensor_attention_fp16_64, HalfAttentionArgs) {
    __shared__ HeadTiles<64> tiles;
    attend_by_tensors<Fp16Fragments>(a, tiles);
}

KERNEL(tensor_attention_bf16_64, HalfAttentionArgs) {
    __shared__ HeadTiles<64> tiles;
    attend_by_tensors<Bf16Fragments>(a, tiles);
}

KERNEL(tensor_attention_fp16_128, HalfAttentionArgs) {
    __shared__ HeadTiles<128> tiles;
    attend_by_tensors<Fp16Fragments>(a, tiles);
}

KERNEL(tensor_attention_bf16_128, HalfAttentionArgs) {
    __shared__ HeadTiles<128> tiles;
    attend_by_tensors<Bf16Fragments>(a, tiles);
}
