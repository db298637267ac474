// The instructions of tensor cores and of asynchronous copies that kernels for compute capability 8.0 and up are made of.
// The emulator's twins of them are in emulated_80.h.
//
// A warp multiplies a: [16, 8 words] and b: [8 words, 8], where a word of 32 bits holds 1 TF32, 2 of 16 bits or 4 of 8 bits
// that lie side by side along k. Of the fragments, lane l has
//   a[0], a[2]: row l / 4, words l % 4 and l % 4 + 4;  a[1], a[3]: row l / 4 + 8, the same words
//   b[0], b[1]: column l / 4, words l % 4 and l % 4 + 4
//   c[0], c[1]: row l / 4, columns 2 * (l % 4) and the next;  c[2], c[3]: row l / 4 + 8, the same columns
#pragma once

#include "../half.cuh"

#ifdef NEREID_EMULATED
#include "emulated_80.h"
#else

// c += a * b of TF32 with sums of FP32.
INLINE void mma_tf32(float* c, const uint32_t* a, const uint32_t* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// c += a * b of FP16 with sums of FP32.
INLINE void mma_fp16(float* c, const uint32_t* a, const uint32_t* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// c += a * b of BF16 with sums of FP32.
INLINE void mma_bf16(float* c, const uint32_t* a, const uint32_t* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// c += a * b of unsigned and of signed integers of 8 bits with sums of 32.
INLINE void mma_u8s8(int* c, const uint32_t* a, const uint32_t* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// 16 bytes from memory to shared memory, both at a multiple of 16; zeros where they are not inside.
INLINE void copy_async(void* to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                     static_cast<uint32_t>(__cvta_generic_to_shared(to))),
                 "l"(from), "r"(inside ? 16 : 0)
                 : "memory");
}

// Ends a group of copies.
INLINE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until no more than `pending` of this thread's groups are on their way.
template <int pending>
INLINE void await_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

#endif
