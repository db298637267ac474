// What blocks of Hopper do beside their threads: copies and products on their way, and who may see which shared memory. TESTS
// ONLY.
//
// Later than a card may be, and earlier: copies are done when their thread awaits them, and their place is spoiled at once;
// products are done when their thread awaits them. So what reads too early, or is overwritten too early, is wrong.
#pragma once

#include <cstddef>
#include <cstdint>

namespace emulated {

// The 16-bit format of a product's operands.
using Widen = float (*)(std::uint16_t);

// Before and after the threads of a block run.
void beginWarpgroups(unsigned threads, std::size_t sharedBytes);
void endWarpgroups();

// The address in shared memory of what the launch asked for.
std::uint32_t launchedMemory();

// The calling thread's copies of 16 bytes.
void copyAsync(std::uint32_t to, const void* from, bool inside);
void commitCopies();
void awaitCopies(unsigned pending);
void revealCopies();

// The calling warpgroup's products: sums of 64 rows and so many columns, of which the thread has columns / 2.
void beginProducts();
void product(float* sums, unsigned columns, std::uint64_t a, std::uint64_t b, Widen widen);
void commitProducts();
void awaitProducts(unsigned pending);

// How products and their texts go wrong, for tests that want to see it found.
enum class Spoiled : int {
    NOTHING = 0,
    SWIZZLE = 1,  // descriptors are read as if nothing were swizzled
    ORDER = 2,    // products of 256 columns add their k in descending order
    FAULT = 3,    // a product fails its context
    TEXT = 4,     // the driver refuses the texts
    MEMORY = 5,   // the driver gives no kernel more shared memory
    TURNS = 6,    // products of 128 columns add their k in descending order
    WORDS = 7,    // mma.sync takes the two words of b for each other
    MMA_FAULT = 8  // mma.sync fails its context
};

Spoiled spoiled();

}  // namespace emulated
