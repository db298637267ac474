// Running the blocks of a launch on the calling thread. TESTS ONLY.
#pragma once

#include "emulated.h"

namespace emulated {

// Runs every block; throws std::runtime_error where threads of a block wait at different places.
void launch(const Body& body, const void* arguments, dim3 grid, dim3 threads);

}  // namespace emulated
