// What the functions of the emulated driver share: contexts, streams, memory. TESTS ONLY.
#pragma once

#include <memory>

#include "driver.h"
#include "memory.h"
#include "stream.h"

struct CUctx_st {
    int device;
    int retained;
    CUresult error;
};

struct CUstream_st {
    CUctx_st* context;
    std::unique_ptr<emulated::Stream> stream;
};

namespace emulated {

extern Memory memory;

// The calling thread's context.
extern thread_local CUctx_st* current;

// Whether the calling thread has a context that has not failed.
CUresult check();

// Closes what a context has open of other processes: its end does.
void closeShared(CUctx_st* context);

inline void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

}  // namespace emulated
