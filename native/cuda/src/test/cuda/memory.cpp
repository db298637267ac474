#include "memory.h"

#include <cstdlib>
#include <cstring>

namespace emulated {
namespace {

constexpr std::size_t ALIGNMENT = 256;
constexpr std::size_t GUARD = 256;
constexpr unsigned char GUARD_BYTE = 0xA5;
constexpr unsigned char FRESH_BYTE = 0xFF;

unsigned char* block(std::size_t bytes) {
    std::size_t rounded = (bytes + GUARD + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    unsigned char* start = static_cast<unsigned char*>(std::aligned_alloc(ALIGNMENT, rounded));
    if (start != nullptr) {
        std::memset(start, FRESH_BYTE, bytes);
        std::memset(start + bytes, GUARD_BYTE, GUARD);
    }
    return start;
}

bool guarded(const unsigned char* end) {
    for (std::size_t i = 0; i < GUARD; i++) {
        if (end[i] != GUARD_BYTE) {
            return false;
        }
    }
    return true;
}

}  // namespace

void* Memory::allocate(int number, std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    if (bytes > limit || usedBytes[number] > limit - bytes) {
        return nullptr;
    }
    unsigned char* start = block(bytes);
    if (start != nullptr) {
        device[reinterpret_cast<std::uintptr_t>(start)] = {number, bytes};
        usedBytes[number] += bytes;
    }
    return start;
}

void* Memory::allocatePinned(std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    if (pinnedLimit > 0 && pinnedUsed + bytes > pinnedLimit) {
        return nullptr;
    }
    unsigned char* start = block(bytes);
    if (start != nullptr) {
        pinnedUsed += bytes;
        pinned[reinterpret_cast<std::uintptr_t>(start)] = {0, bytes};
    }
    return start;
}

bool Memory::release(void* start) {
    std::lock_guard<std::mutex> lock(mutex);
    auto found = device.find(reinterpret_cast<std::uintptr_t>(start));
    if (found == device.end()) {
        return false;
    }
    bool whole = guarded(static_cast<unsigned char*>(start) + found->second.bytes);
    usedBytes[found->second.device] -= found->second.bytes;
    device.erase(found);
    std::free(start);
    return whole;
}

void Memory::releaseAll(int number) {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto each = device.begin(); each != device.end();) {
        if (each->second.device == number) {
            std::free(reinterpret_cast<void*>(each->first));
            each = device.erase(each);
        } else {
            ++each;
        }
    }
    usedBytes[number] = 0;
}

bool Memory::releasePinned(void* start) {
    std::lock_guard<std::mutex> lock(mutex);
    auto found = pinned.find(reinterpret_cast<std::uintptr_t>(start));
    if (found == pinned.end()) {
        return false;
    }
    bool whole = guarded(static_cast<unsigned char*>(start) + found->second.bytes);
    pinnedUsed -= found->second.bytes;
    pinned.erase(found);
    std::free(start);
    return whole;
}

void Memory::adopt(int number, void* start, std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    adopted[reinterpret_cast<std::uintptr_t>(start)] = {number, bytes};
}

void Memory::abandon(void* start) {
    std::lock_guard<std::mutex> lock(mutex);
    adopted.erase(reinterpret_cast<std::uintptr_t>(start));
}

std::size_t Memory::range(const void* address, const void** start) {
    std::lock_guard<std::mutex> lock(mutex);
    for (const Allocations* all : {&device, &adopted}) {
        auto found = find(*all, address, 1);
        if (found != all->end()) {
            *start = reinterpret_cast<const void*>(found->first);
            return found->second.bytes;
        }
    }
    return 0;
}

bool Memory::isDevice(const void* start, std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    return contains(device, start, bytes) || contains(adopted, start, bytes);
}

bool Memory::isPinned(const void* start, std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    return contains(pinned, start, bytes);
}

std::size_t Memory::pinnedBytes() {
    std::lock_guard<std::mutex> lock(mutex);
    return pinnedUsed;
}

void Memory::limitPinned(std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    pinnedLimit = bytes;
}

std::size_t Memory::used(int number) {
    std::lock_guard<std::mutex> lock(mutex);
    return usedBytes[number];
}

std::size_t Memory::total() {
    std::lock_guard<std::mutex> lock(mutex);
    return limit;
}

void Memory::setTotal(std::size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    limit = bytes;
}

Memory::Allocations::const_iterator Memory::find(const Allocations& all, const void* start, std::size_t bytes) {
    std::uintptr_t from = reinterpret_cast<std::uintptr_t>(start);
    auto after = all.upper_bound(from);
    if (after == all.begin()) {
        return all.end();
    }
    auto found = std::prev(after);
    bool within = from - found->first <= found->second.bytes && bytes <= found->second.bytes - (from - found->first);
    return within ? found : all.end();
}

bool Memory::contains(const Allocations& all, const void* start, std::size_t bytes) {
    return find(all, start, bytes) != all.end();
}

}  // namespace emulated
