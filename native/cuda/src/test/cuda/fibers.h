// Running the blocks of a launch on the calling thread. TESTS ONLY.
#pragma once

#include "emulated.h"

namespace emulated {

// Runs every block, each with so many bytes of shared memory beside what its kernel declares; throws std::runtime_error where
// threads of a block wait at different places, or do what a kernel may not.
void launch(const Body& body, const void* arguments, dim3 grid, dim3 threads, std::size_t sharedBytes);

}  // namespace emulated
