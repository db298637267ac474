// Kernels of the emulated driver: what they may take, and how they start. TESTS ONLY.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "emulated.h"
#include "fibers.h"
#include "state.h"
#include "warpgroups.h"

using emulated::check;
using emulated::current;

namespace {

// Bytes of shared memory that a launch may ask for: without a word, and at most on Hopper.
constexpr unsigned USUAL_BYTES = 48 << 10;
constexpr int MOST_BYTES = 227 << 10;

std::atomic<int> launches(0);
std::mutex mutex;
std::map<CUfunction, unsigned> allowances;

// Kernels that have begun and not ended, of all streams: while they are held they begin and go no further.
struct Running {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
    int count = 0;
    int most = 0;

    void begin() {
        std::unique_lock<std::mutex> lock(mutex);
        count++;
        most = std::max(most, count);
        changed.wait(lock, [this] { return !held; });
    }

    void end() {
        std::lock_guard<std::mutex> lock(mutex);
        count--;
    }
};

Running running;

void runKernel(
    const emulated::Body& body, const void* arguments, dim3 grid, dim3 block, unsigned sharedBytes) {
    running.begin();
    try {
        emulated::launch(body, arguments, grid, block, sharedBytes);
    } catch (...) {
        running.end();
        throw;
    }
    running.end();
}

unsigned allowed(CUfunction function) {
    std::lock_guard<std::mutex> lock(mutex);
    auto found = allowances.find(function);
    return found == allowances.end() ? USUAL_BYTES : found->second;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// Kernels that were started or recorded, each by a call of its own.
int nereid_emulated_launches() { return launches; }

// Whether kernels stay where they begin.
void nereid_emulated_hold(int hold) {
    std::lock_guard<std::mutex> lock(running.mutex);
    running.held = hold != 0;
    running.most = running.count;
    running.changed.notify_all();
}

int nereid_emulated_running() {
    std::lock_guard<std::mutex> lock(running.mutex);
    return running.count;
}

// Kernels that ran at the same time, at most, since they were last held or let go.
int nereid_emulated_most_running() {
    std::lock_guard<std::mutex> lock(running.mutex);
    return running.most;
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute name, int value) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (function == nullptr || name != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 || value > MOST_BYTES ||
        emulated::spoiled() == emulated::Spoiled::MEMORY) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::lock_guard<std::mutex> lock(mutex);
    allowances[function] = static_cast<unsigned>(value);
    return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(
    CUfunction function,
    unsigned gridX,
    unsigned gridY,
    unsigned gridZ,
    unsigned blockX,
    unsigned blockY,
    unsigned blockZ,
    unsigned sharedBytes,
    CUstream stream,
    void** parameters,
    void** extra) {
    CUresult state = check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (stream == nullptr || stream->context != current) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    std::size_t threads = static_cast<std::size_t>(blockX) * blockY * blockZ;
    if (function == nullptr || parameters == nullptr || extra != nullptr || sharedBytes > allowed(function) || threads == 0 ||
        threads > 1024 || blockZ > 64 || gridX == 0 || gridY == 0 || gridZ == 0 || gridX > 0x7fffffffu ||
        gridY > 65535 || gridZ > 65535) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    launches++;
    auto* kernel = reinterpret_cast<const emulated::Kernel*>(function);
    auto* start = static_cast<const unsigned char*>(parameters[0]);
    auto arguments = std::make_shared<std::vector<std::uint64_t>>((kernel->argumentBytes + 7) / 8);
    std::memcpy(arguments->data(), start, kernel->argumentBytes);
    dim3 grid = {gridX, gridY, gridZ};
    dim3 block = {blockX, blockY, blockZ};
    emulated::Body body = kernel->body;
    emulated::submit(stream, [=] { runKernel(body, arguments->data(), grid, block, sharedBytes); });
    return CUDA_SUCCESS;
}

}  // extern "C"
