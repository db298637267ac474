// TESTS ONLY: see copies.h.
#include "copies.h"

#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "emulated.h"

namespace emulated {
namespace {

constexpr std::size_t CHUNK = 16;

struct Copy {
    void* to;
    const void* from;
    bool inside;
};

struct Thread {
    std::vector<Copy> begun;
    std::deque<std::vector<Copy>> groups;
};

thread_local std::vector<Thread> copying;

bool isAligned(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % CHUNK == 0; }

}  // namespace

void beginCopies(unsigned threads) {
    // What a launch that failed has left is not this one's.
    copying.assign(threads, Thread());
}

void endCopies() {
    for (const Thread& each : copying) {
        if (!each.begun.empty() || !each.groups.empty()) {
            throw std::runtime_error("a thread ended before its copies");
        }
    }
}

void copyLater(void* to, const void* from, bool inside) {
    if (!isAligned(to) || !isAligned(from)) {
        return misuse("a copy to or from a place that is no multiple of 16 bytes");
    }
    std::memset(to, 0xff, CHUNK);
    copying[thread()].begun.push_back({to, from, inside});
}

void commitLater() {
    Thread& self = copying[thread()];
    self.groups.push_back(std::move(self.begun));
    self.begun.clear();
}

void awaitLater(unsigned pending) {
    Thread& self = copying[thread()];
    while (self.groups.size() > pending) {
        for (const Copy& copy : self.groups.front()) {
            if (copy.inside) {
                std::memcpy(copy.to, copy.from, CHUNK);
            } else {
                std::memset(copy.to, 0, CHUNK);
            }
        }
        self.groups.pop_front();
    }
}

}  // namespace emulated
