// The twins of compute_90a/wgmma.cuh for the emulated driver: what the instructions do by PTX's description of descriptors, of
// swizzled shared memory, and of who has which sum. TESTS ONLY. See warpgroups.h for what is held to the rules.
#pragma once

#include "emulated.h"
#include "warpgroups.h"

INLINE std::uint32_t launched_memory() { return emulated::launchedMemory(); }

INLINE void copy_async(std::uint32_t to, const void* from, bool inside) { emulated::copyAsync(to, from, inside); }

INLINE void commit_copies() { emulated::commitCopies(); }

template <int pending>
INLINE void await_copies() {
    emulated::awaitCopies(pending);
}

INLINE void reveal_copies() { emulated::revealCopies(); }

INLINE void sync_barrier(int barrier, int threads) { emulated::syncNamed(barrier, threads); }

INLINE void arrive_barrier(int barrier, int threads) { emulated::arriveNamed(barrier, threads); }

INLINE void begin_products() { emulated::beginProducts(); }

INLINE void commit_products() { emulated::commitProducts(); }

template <int pending>
INLINE void await_products() {
    emulated::awaitProducts(pending);
}

template <int count>
INLINE void hold(float (&)[count]) {}

template <int count>
INLINE void wgmma_fp16(float (&c)[count], std::uint64_t a, std::uint64_t b) {
    emulated::product(c, 2 * count, a, b, [](std::uint16_t bits) { return from_fp16(bits); });
}

template <int count>
INLINE void wgmma_bf16(float (&c)[count], std::uint64_t a, std::uint64_t b) {
    emulated::product(c, 2 * count, a, b, [](std::uint16_t bits) { return from_bf16(bits); });
}
