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
    // nullptr where no more may be pinned.
    void* allocatePinned(std::size_t bytes);

    // Whether it was allocated and nothing was written behind its end.
    bool release(void* start);
    bool releasePinned(void* start);

    // Takes back all that a device still has: what the end of a context does.
    void releaseAll(int device);

    // Memory that another process has: of the device, but not allocated here.
    void adopt(int device, void* start, std::size_t bytes);
    void abandon(void* start);

    // Bytes of the allocation, or of the other process's, that holds the address, and its start; 0 where none does.
    std::size_t range(const void* address, const void** start);

    // Whether the bytes lie within one allocation of a device, or within another process's.
    bool isDevice(const void* start, std::size_t bytes);
    bool isPinned(const void* start, std::size_t bytes);

    std::size_t pinnedBytes();
    // bytes: 0 for no limit
    void limitPinned(std::size_t bytes);

    std::size_t used(int device);
    std::size_t total();
    void setTotal(std::size_t bytes);

private:
    struct Allocation {
        int device;
        std::size_t bytes;
    };

    using Allocations = std::map<std::uintptr_t, Allocation>;

    static Allocations::const_iterator find(const Allocations& all, const void* start, std::size_t bytes);
    static bool contains(const Allocations& all, const void* start, std::size_t bytes);

    std::mutex mutex;
    std::size_t limit;
    std::size_t pinnedLimit = 0;
    std::size_t pinnedUsed = 0;
    Allocations device;
    Allocations pinned;
    Allocations adopted;
    std::map<int, std::size_t> usedBytes;
};

}  // namespace emulated
