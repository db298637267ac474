// The instructions of warpgroups (four warps), of asynchronous copies and of named barriers that kernels for Hopper, compute
// capability 9.0 and no other, are made of. The emulator's twins of them are in emulated_90.h.
//
// wgmma multiplies a: [64, 16] and b: [16, n] of 16 bits, which lie in shared memory where two descriptors say. Of the sums,
// thread t of the warpgroup has, for each 8 columns from 8 * j on,
//   c[4 * j], c[4 * j + 1]: row t / 4 % 8 + t / 32 * 16, columns 8 * j + 2 * (t % 4) and the next;
//   c[4 * j + 2], c[4 * j + 3]: row + 8, the same columns
//
// A descriptor has, in units of 16 bytes, where the matrix starts (bits 0 to 13), its leading offset (16 to 29) and its stride
// offset (32 to 45), and how it is swizzled (62 and 63; 1 is by 128 bytes). With that swizzle matrices are made of pieces of 8
// lines of 128 bytes, each 1024 bytes from a multiple of 1024 on, in which the 16 bytes number i of line l are at i ^ l.
//   a, whose k lie side by side: a line is a row's 64 k; the stride is from 8 rows to the next 8. No leading offset: 16 k lie
//     in one line, and the next 16 start 32 bytes later.
//   b, whose columns lie side by side: a line is a k's 64 columns; the stride is from 8 k to the next 8, the leading offset
//     from 64 columns to the next 64.
//
// wgmma reads shared memory through the asynchronous proxy: who has written there by any other way, copy_async too, says
// reveal_copies() before it lets others read.
#pragma once

#include "../half.cuh"

constexpr int SWIZZLE_LINE = 128;                 // bytes
constexpr int SWIZZLE_PIECE = 8 * SWIZZLE_LINE;  // bytes; where pieces start
constexpr int WARPGROUP = 128;

// Where a chunk of 16 bytes of a line is, in bytes from the first line of its piece; pieces follow each other.
INLINE uint32_t swizzled(int line, int chunk) { return line * SWIZZLE_LINE + ((chunk ^ (line & 7)) << 4); }

// start: an address in shared memory; leading, stride: bytes
INLINE uint64_t descriptor(uint32_t start, uint32_t leading, uint32_t stride) {
    return static_cast<uint64_t>((start & 0x3ffff) >> 4) | static_cast<uint64_t>(leading >> 4) << 16 |
           static_cast<uint64_t>(stride >> 4) << 32 | static_cast<uint64_t>(1) << 62;
}

// 16 bytes, stored by one instruction.
struct alignas(16) Chunk {
    uint32_t words[4];
};

#ifdef NEREID_EMULATED
#include "emulated_90.h"
#else

// The address of the memory that a launch asked for, in shared memory; at a multiple of 16.
INLINE uint32_t launched_memory() {
    extern __shared__ Chunk launched[];
    return static_cast<uint32_t>(__cvta_generic_to_shared(launched));
}

// 16 bytes from memory to shared memory, both at a multiple of 16; zeros where they are not inside.
INLINE void copy_async(uint32_t to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(inside ? 16 : 0) : "memory");
}

// Ends a group of copies.
INLINE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until no more than `pending` of this thread's groups of copies are on their way.
template <int pending>
INLINE void await_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

// What this thread has copied is to be seen by wgmma, once a barrier tells of it.
INLINE void reveal_copies() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Comes to a barrier that completes when `threads` have come, and waits for it. All threads of a warp come together.
INLINE void sync_barrier(int barrier, int threads) {
    asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

// Comes to a barrier and goes on.
INLINE void arrive_barrier(int barrier, int threads) {
    asm volatile("bar.arrive %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

// Before the first wgmma: registers that it adds to are written.
INLINE void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

// Ends a group of products.
INLINE void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Until no more than `pending` of this warpgroup's groups of products are on their way.
template <int pending>
INLINE void await_products() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

// Keeps the compiler from moving what it does with sums over this place: it does not know when wgmma writes them.
template <int count>
INLINE void hold(float (&sums)[count]) {
#pragma unroll
    for (int i = 0; i < count; i++) {
        asm volatile("" : "+f"(sums[i])::"memory");
    }
}

#define PLACES_32 \
    "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
    "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define PLACES_64 \
    PLACES_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
    "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define PLACES_128 \
    PLACES_64 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, " \
    "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, " \
    "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, " \
    "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
#define SUMS_8(at)                                                                                               \
    "+f"(c[at]), "+f"(c[at + 1]), "+f"(c[at + 2]), "+f"(c[at + 3]), "+f"(c[at + 4]), "+f"(c[at + 5]), "+f"(c[at + 6]), \
        "+f"(c[at + 7])
#define SUMS_32(at) SUMS_8(at), SUMS_8(at + 8), SUMS_8(at + 16), SUMS_8(at + 24)
#define SUMS_64 SUMS_32(0), SUMS_32(32)
#define SUMS_128 SUMS_64, SUMS_32(64), SUMS_32(96)

// c += a * b with sums of FP32: a's k and b's columns side by side. A thread has half as many sums as there are columns.
#define WGMMA_OF(name, type, count, columns, places, sums, left, right)                                       \
    INLINE void name(float (&c)[count], uint64_t a, uint64_t b) {                                             \
        asm volatile("{ .reg .pred p; setp.eq.u32 p, 0, 0;\n"                                                \
                     "wgmma.mma_async.sync.aligned.m64n" columns "k16.f32." type "." type " {" places         \
                     "}, " left ", " right ", p, 1, 1, 0, 1; }"                                               \
                     : sums                                                                                   \
                     : "l"(a), "l"(b));                                                                       \
    }
#define WGMMA(name, type)                                                       \
    WGMMA_OF(name, type, 32, "64", PLACES_32, SUMS_32(0), "%32", "%33")         \
    WGMMA_OF(name, type, 64, "128", PLACES_64, SUMS_64, "%64", "%65")           \
    WGMMA_OF(name, type, 128, "256", PLACES_128, SUMS_128, "%128", "%129")

WGMMA(wgmma_fp16, "f16")
WGMMA(wgmma_bf16, "bf16")

#undef WGMMA
#undef WGMMA_OF
#undef SUMS_128
#undef SUMS_64
#undef SUMS_32
#undef SUMS_8
#undef PLACES_128
#undef PLACES_64
#undef PLACES_32

#endif
