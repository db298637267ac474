// Device and pinned memory of the emulated driver: host memory under account. TESTS ONLY.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace emulated {

class Memory {
public:
    // limit: bytes of each device
    explicit Memory(std::size_t limit) : limit(limit) {}

    // Filled with bytes that make floats NaN; nullptr where the device has not enough left.
    void* allocate(int device, std::size_t bytes);
    void* allocatePinned(std::size_t bytes);

    // Whether it was allocated and nothing was written behind its end.
    bool release(void* start);
    bool releasePinned(void* start);

    // Takes back all that a device still has: what the end of a context does.
    void releaseAll(int device);

    // Whether the bytes lie within one allocation of a device.
    bool isDevice(const void* start, std::size_t bytes);
    bool isPinned(const void* start, std::size_t bytes);

    std::size_t used(int device);
    std::size_t total();
    void setTotal(std::size_t bytes);

private:
    struct Allocation {
        int device;
        std::size_t bytes;
    };

    static bool contains(const std::map<std::uintptr_t, Allocation>& all, const void* start, std::size_t bytes);

    std::mutex mutex;
    std::size_t limit;
    std::map<std::uintptr_t, Allocation> device;
    std::map<std::uintptr_t, Allocation> pinned;
    std::map<int, std::size_t> usedBytes;
};

}  // namespace emulated
