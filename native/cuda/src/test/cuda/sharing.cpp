// Memory that another process shares with this one. TESTS ONLY: in the place of a GPU's memory it is a POSIX shared memory
// object, which a test that plays the client makes and names in the handle.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "state.h"

namespace {

constexpr char MAGIC[8] = {'N', 'E', 'R', 'E', 'I', 'D', 'I', 'P'};

// What a handle holds. Little-endian; the name ends with a zero.
struct Contents {
    char magic[8];
    std::int32_t device;
    std::int32_t unused;
    std::uint64_t bytes;
    char name[40];
};
static_assert(sizeof(Contents) == sizeof(CUipcMemHandle), "the size of a handle");

struct Opened {
    CUctx_st* context;
    std::string name;
    std::size_t bytes;
    int users;
};

std::mutex mutex;
std::map<void*, Opened> opened;

void* map(const char* name, std::size_t bytes) {
    int file = shm_open(name, O_RDWR, 0);
    if (file < 0) {
        return nullptr;
    }
    struct stat status;
    bool large = fstat(file, &status) == 0 && static_cast<std::size_t>(status.st_size) >= bytes;
    void* start = large ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    ::close(file);
    return start == MAP_FAILED ? nullptr : start;
}

void close(std::map<void*, Opened>::iterator each) {
    emulated::memory.abandon(each->first);
    munmap(each->first, each->second.bytes);
    opened.erase(each);
}

}  // namespace

void emulated::closeShared(CUctx_st* context) {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto each = opened.begin(); each != opened.end();) {
        auto next = std::next(each);
        if (each->second.context == context) {
            close(each);
        }
        each = next;
    }
}

#pragma GCC visibility push(default)
extern "C" {

// What other processes share and this one has open.
int nereid_emulated_opened() {
    std::lock_guard<std::mutex> lock(mutex);
    return static_cast<int>(opened.size());
}

// A handle that is open in the context already gives the same memory once more, as CUDA has it.
CUresult cuIpcOpenMemHandle_v2(CUdeviceptr* address, CUipcMemHandle handle, unsigned flags) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    Contents contents;
    std::memcpy(&contents, &handle, sizeof(contents));
    bool whole = std::memcmp(contents.magic, MAGIC, sizeof(MAGIC)) == 0 && contents.bytes > 0 &&
        std::memchr(contents.name, 0, sizeof(contents.name)) != nullptr;
    if (!whole || flags != 1 || contents.device != emulated::current->device) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::lock_guard<std::mutex> lock(mutex);
    for (auto& each : opened) {
        if (each.second.name == contents.name && each.second.context == emulated::current) {
            each.second.users++;
            *address = reinterpret_cast<CUdeviceptr>(each.first);
            return CUDA_SUCCESS;
        }
    }
    void* start = map(contents.name, contents.bytes);
    if (start == nullptr) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    opened[start] = {emulated::current, contents.name, contents.bytes, 1};
    emulated::memory.adopt(contents.device, start, contents.bytes);
    *address = reinterpret_cast<CUdeviceptr>(start);
    return CUDA_SUCCESS;
}

CUresult cuIpcCloseMemHandle(CUdeviceptr address) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    std::lock_guard<std::mutex> lock(mutex);
    auto found = opened.find(emulated::pointer(address));
    if (found == opened.end() || found->second.context != emulated::current) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    found->second.users--;
    if (found->second.users == 0) {
        close(found);
    }
    return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, std::size_t* bytes, CUdeviceptr address) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    const void* start = nullptr;
    std::size_t found = emulated::memory.range(emulated::pointer(address), &start);
    if (found == 0) {
        return CUDA_ERROR_NOT_FOUND;
    }
    if (base != nullptr) {
        *base = reinterpret_cast<CUdeviceptr>(start);
    }
    if (bytes != nullptr) {
        *bytes = found;
    }
    return CUDA_SUCCESS;
}

}  // extern "C"
