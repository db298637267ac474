// The shim through which g++ compiles the CUDA sources for the emulated driver. TESTS ONLY: nothing here runs on a GPU.
//
// A launch runs its blocks one after the other on the stream's thread. Threads of a block run one after the other too;
// one that waits (__syncthreads, a shuffle) keeps a stack of its own, and the next one starts. There is no memory
// model, no race detection and no divergence; what a real card does in parallel may still be wrong.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#define __device__
#define __shared__ static thread_local
#define __grid_constant__
#define __restrict__
#define __launch_bounds__(...)
#define INLINE inline __attribute__((always_inline))

struct dim3 {
    unsigned x, y, z;
};

struct alignas(16) float4 {
    float x, y, z, w;
};

INLINE float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

extern thread_local dim3 threadIdx;
extern thread_local dim3 blockIdx;
extern thread_local dim3 blockDim;
extern thread_local dim3 gridDim;

using std::memcpy;
using std::signbit;

namespace emulated {

using Body = std::function<void(const void* arguments)>;

struct Kernel {
    std::string name;
    std::size_t argumentBytes;
    Body body;
};

// One kernel of the sources, found by its name when a module's PTX text names it as an entry.
struct SourceKernel {
    SourceKernel(const char* name, std::size_t argumentBytes, Body body);

    Kernel kernel;
    SourceKernel* next;
};

// Until every thread of the block that has not ended waits here.
void awaitBlock();

// Until every thread of the warp that has not ended waits here.
void awaitWarp();

// Comes to one of a block's 16 barriers, which completes when so many threads have come, and waits for it or goes on.
void syncNamed(unsigned barrier, unsigned threads);
void arriveNamed(unsigned barrier, unsigned threads);

// Fails the launch once the thread waits or ends: what a kernel may not do.
void misuse(const std::string& what);

// What a thread gives to its warp at once.
struct Words {
    std::uint32_t words[6];
};

// What all threads of a warp have given, until the calling thread gives again.
struct Exchange {
    unsigned slot;

    // What the thread with the lane's number gave; null where there is none.
    const Words* of(unsigned lane) const;
};

// Gives something to the warp, all of whose threads do.
Exchange exchange(const Words& words);

template <typename T>
T shuffle(T value, unsigned lane) {
    static_assert(sizeof(T) <= sizeof(Words), "a value is one exchange");
    Words words = {};
    std::memcpy(&words, &value, sizeof(T));
    const Words* given = exchange(words).of(lane);
    if (given != nullptr) {
        std::memcpy(&value, given, sizeof(T));
    }
    return value;
}

// The calling thread's number in its block.
inline unsigned thread() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }

inline unsigned lane() { return thread() % 32; }

}  // namespace emulated

INLINE void __syncthreads() { emulated::awaitBlock(); }

INLINE void __syncwarp(unsigned = 0xffffffffu) { emulated::awaitWarp(); }

template <typename T>
inline T __shfl_xor_sync(unsigned, T value, int mask) {
    return emulated::shuffle(value, emulated::lane() ^ static_cast<unsigned>(mask));
}

template <typename T>
inline T __shfl_down_sync(unsigned, T value, unsigned distance) {
    unsigned from = emulated::lane() + distance;
    return emulated::shuffle(value, from < 32 ? from : emulated::lane());
}

template <typename T>
inline T __shfl_sync(unsigned, T value, int from) {
    return emulated::shuffle(value, static_cast<unsigned>(from) % 32);
}

// Threads of a stream run one after the other, and no two streams share what they write.
inline int atomicMin(int* at, int value) {
    int before = *at;
    *at = value < before ? value : before;
    return before;
}

inline int atomicMax(int* at, int value) {
    int before = *at;
    *at = value > before ? value : before;
    return before;
}

#define KERNEL(name, Args)                                                                            \
    static void name(const Args& a);                                                                  \
    static emulated::SourceKernel kernel_##name(                                                            \
        #name, sizeof(Args), [](const void* arguments) { name(*static_cast<const Args*>(arguments)); }); \
    static void name(const Args& a)

#define BOUNDED_KERNEL(name, Args, threads, blocks)                                                       \
    static_assert((threads) * (blocks) <= 2048, "a multiprocessor runs no more threads"); \
    KERNEL(name, Args)
