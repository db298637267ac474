// What the functions of the emulated driver share: contexts, streams, memory. TESTS ONLY.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "driver.h"
#include "memory.h"
#include "stream.h"

namespace emulated {

// What streams do, one after the other.
using Work = std::vector<std::function<void()>>;

}  // namespace emulated

struct CUctx_st {
    int device;
    int retained;
    CUresult error;
};

struct CUstream_st {
    CUctx_st* context;
    std::unique_ptr<emulated::Stream> stream;
    // What is recorded instead of being done; nothing while the stream does what it is told.
    std::unique_ptr<emulated::Work> captured;
    bool captureBroken = false;
};

namespace emulated {

extern Memory memory;

// The calling thread's context.
extern thread_local CUctx_st* current;

// Whether the calling thread has a context that has not failed.
CUresult check();

// Gives work to a stream, which does it or records it.
void submit(CUstream stream, std::function<void()> task);

// Whether the calling thread may make a call that no recording holds; one that may not spoils its recording.
bool mayNotCapture();

// Closes what a context has open of other processes: its end does.
void closeShared(CUctx_st* context);

inline void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

}  // namespace emulated
