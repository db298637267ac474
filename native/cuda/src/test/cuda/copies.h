// Asynchronous copies of kernels for compute capability 8.0 and up. TESTS ONLY.
//
// They are done as late as their thread's waits allow, and their place is spoiled at once: what reads too early, or is
// overwritten too early, is wrong.
#pragma once

namespace emulated {

// Before and after the threads of a block run.
void beginCopies(unsigned threads);
void endCopies();

// 16 bytes, both at a multiple of 16, of the calling thread; zeros where they are not inside.
void copyLater(void* to, const void* from, bool inside);
void commitLater();
void awaitLater(unsigned pending);

}  // namespace emulated
