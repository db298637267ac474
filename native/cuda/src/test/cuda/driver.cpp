// The functions of an emulated libcuda.so.1 that Nereid calls. TESTS ONLY: kernels run on the CPU, see emulated.h.
//
// Held to the rules of the real driver where Nereid must obey them: the current context belongs to a thread, streams
// run beside the caller, copies stay inside allocations, memory is limited, an error of a kernel sticks to its context.
#include "driver.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "modules.h"
#include "state.h"
#include "warpgroups.h"

using emulated::check;
using emulated::current;
using emulated::memory;
using emulated::pointer;

struct CUmod_st {
    std::unique_ptr<emulated::Module> module;
};

struct CUmemPoolHandle_st {
    int device;
};

namespace {

constexpr int DEVICES = 2;
constexpr std::size_t DEVICE_BYTES = std::size_t(2) << 30;

CUctx_st contexts[DEVICES] = {{0, 0, CUDA_SUCCESS}, {1, 0, CUDA_SUCCESS}};
std::atomic<int> streams(0);

// Copies to devices and from them that have been done.
std::atomic<int> copiesIn(0);
std::atomic<int> copiesOut(0);

CUresult copy(CUstream stream, void* to, const void* from, std::size_t bytes, bool toDevice, bool fromDevice) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (stream == nullptr || stream->context != current) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if ((toDevice && !memory.isDevice(to, bytes)) || (fromDevice && !memory.isDevice(from, bytes))) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    // Pageable memory may change or go once the call has returned; pinned memory is read and written later.
    auto kept = std::make_shared<std::vector<unsigned char>>();
    if (!fromDevice && !memory.isPinned(from, bytes)) {
        const unsigned char* start = static_cast<const unsigned char*>(from);
        kept->assign(start, start + bytes);
    }
    bool in = toDevice && !fromDevice;
    bool out = fromDevice && !toDevice;
    emulated::submit(stream, [=] {
        std::memmove(to, kept->empty() ? from : static_cast<const void*>(kept->data()), bytes);
        copiesIn += in ? 1 : 0;
        copiesOut += out ? 1 : 0;
    });
    if (!toDevice && !memory.isPinned(to, bytes)) {
        if (emulated::mayNotCapture()) {
            return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }
        stream->stream->synchronize();
    }
    return CUDA_SUCCESS;
}

CUresult allocate(CUdeviceptr* address, std::size_t bytes, int device) {
    if (bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    void* start = memory.allocate(device, bytes);
    if (start == nullptr) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *address = reinterpret_cast<CUdeviceptr>(start);
    return CUDA_SUCCESS;
}

// Ten times their compute capability: one device is Hopper's, the other is not.
constexpr int CAPABILITIES[DEVICES] = {80, 90};

int attribute(CUdevice_attribute name, CUdevice device) {
    switch (name) {
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return CAPABILITIES[device] / 10;
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return CAPABILITIES[device] % 10;
        case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED: return 1;
        case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return 4;
        default: return 0;
    }
}

}  // namespace

emulated::Memory emulated::memory(DEVICE_BYTES);
thread_local CUctx_st* emulated::current = nullptr;

CUresult emulated::check() {
    if (current == nullptr || current->retained == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    return current->error;
}

#pragma GCC visibility push(default)
extern "C" {

// What tests ask and set beside the driver's own functions.

std::size_t nereid_emulated_used(int device) { return memory.used(device); }

void nereid_emulated_set_total(std::size_t bytes) { memory.setTotal(bytes == 0 ? DEVICE_BYTES : bytes); }

std::size_t nereid_emulated_pinned() { return memory.pinnedBytes(); }

void nereid_emulated_limit_pinned(std::size_t bytes) { memory.limitPinned(bytes); }

int nereid_emulated_streams() { return streams; }

int nereid_emulated_copies_in() { return copiesIn; }

int nereid_emulated_copies_out() { return copiesOut; }

// As if a kernel had gone astray on the device: until all have left its context, nothing works there.
void nereid_emulated_fail(int device) { contexts[device].error = CUDA_ERROR_ILLEGAL_ADDRESS; }

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }

CUresult cuDriverGetVersion(int* version) {
    *version = 12060;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
    *count = DEVICES;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int number) {
    if (number < 0 || number >= DEVICES) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *device = number;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
    std::snprintf(name, static_cast<std::size_t>(length), "Emulated device %d (tests only)", device);
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char* address, int length, CUdevice device) {
    int written = std::snprintf(address, static_cast<std::size_t>(length), "0000:%02x:00.0", device + 1);
    return written < length ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute name, CUdevice device) {
    if (device < 0 || device >= DEVICES) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *value = attribute(name, device);
    return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice) {
    *bytes = memory.total();
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    if (device < 0 || device >= DEVICES) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    contexts[device].retained++;
    *context = &contexts[device];
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    if (contexts[device].retained == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    contexts[device].retained--;
    // Memory goes with its context; only where that has failed, for tests look for what could have been given back.
    if (contexts[device].retained == 0 && contexts[device].error != CUDA_SUCCESS) {
        memory.releaseAll(device);
        emulated::closeShared(&contexts[device]);
        contexts[device].error = CUDA_SUCCESS;
    }
    return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
    current = context;
    return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
    *context = current;
    return CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    if (current == nullptr) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    *total = memory.total();
    std::size_t used = memory.used(current->device);
    *free = *total > used ? *total - used : 0;
    return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    std::string problem;
    emulated::Module* loaded = emulated::loadModule(static_cast<const char*>(image), CAPABILITIES[current->device], problem);
    if (loaded == nullptr) {
        std::fprintf(stderr, "emulated libcuda: %s\n", problem.c_str());
        return CUDA_ERROR_INVALID_PTX;
    }
    *module = new CUmod_st{std::unique_ptr<emulated::Module>(loaded)};
    return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
    delete module;
    return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    auto found = module->module->kernels.find(name);
    if (found == module->module->kernels.end()) {
        return CUDA_ERROR_NOT_FOUND;
    }
    *function = reinterpret_cast<CUfunction>(const_cast<emulated::Kernel*>(found->second));
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream* stream, unsigned) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    CUctx_st* context = current;
    streams++;
    auto report = [context](const char* problem) {
        std::fprintf(stderr, "emulated libcuda: %s\n", problem);
        context->error = CUDA_ERROR_LAUNCH_FAILED;
    };
    *stream = new CUstream_st{context, std::make_unique<emulated::Stream>(report), nullptr};
    return CUDA_SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    delete stream;
    streams--;
    return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (emulated::mayNotCapture()) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    stream->stream->synchronize();
    return current->error;
}

CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties) {
    *pool = new CUmemPoolHandle_st{properties->locationId};
    return CUDA_SUCCESS;
}

CUresult cuMemPoolDestroy(CUmemoryPool pool) {
    delete pool;
    return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool, std::size_t) { return CUDA_SUCCESS; }

CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, std::size_t bytes, CUmemoryPool pool, CUstream) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    return emulated::mayNotCapture() ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : allocate(address, bytes, pool->device);
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (emulated::mayNotCapture()) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (!memory.isDevice(pointer(address), 1)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUctx_st* context = current;
    emulated::submit(stream, [=] {
        if (!memory.release(pointer(address))) {
            std::fprintf(stderr, "emulated libcuda: something wrote behind the end of an allocation\n");
            context->error = CUDA_ERROR_ILLEGAL_ADDRESS;
        }
    });
    return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void** start, std::size_t bytes, unsigned) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (emulated::mayNotCapture()) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    *start = memory.allocatePinned(bytes);
    return *start == nullptr ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void* start) {
    return memory.releasePinned(start) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
    return copy(stream, pointer(to), from, bytes, true, false);
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    return copy(stream, to, pointer(from), bytes, false, true);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    return copy(stream, pointer(to), pointer(from), bytes, true, true);
}

CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, std::size_t bytes, CUstream stream) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (!memory.isDevice(pointer(address), bytes)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    emulated::submit(stream, [=] { std::memset(pointer(address), value, bytes); });
    return CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult error, const char** name) {
    switch (error) {
        case CUDA_SUCCESS: *name = "CUDA_SUCCESS"; break;
        case CUDA_ERROR_INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; break;
        case CUDA_ERROR_OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
        case CUDA_ERROR_INVALID_CONTEXT: *name = "CUDA_ERROR_INVALID_CONTEXT"; break;
        case CUDA_ERROR_INVALID_DEVICE: *name = "CUDA_ERROR_INVALID_DEVICE"; break;
        case CUDA_ERROR_INVALID_HANDLE: *name = "CUDA_ERROR_INVALID_HANDLE"; break;
        case CUDA_ERROR_INVALID_PTX: *name = "CUDA_ERROR_INVALID_PTX"; break;
        case CUDA_ERROR_NOT_FOUND: *name = "CUDA_ERROR_NOT_FOUND"; break;
        case CUDA_ERROR_ILLEGAL_ADDRESS: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
        case CUDA_ERROR_LAUNCH_FAILED: *name = "CUDA_ERROR_LAUNCH_FAILED"; break;
        case CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED: *name = "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"; break;
        case CUDA_ERROR_STREAM_CAPTURE_INVALIDATED: *name = "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"; break;
        default: *name = "CUDA_ERROR_UNKNOWN"; break;
    }
    return CUDA_SUCCESS;
}

}  // extern "C"
