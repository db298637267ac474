// TESTS ONLY: see warpgroups.h.
#include "warpgroups.h"

#include <atomic>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "emulated.h"
#include "matrices.h"

namespace emulated {
namespace {

constexpr std::size_t CHUNK = 16;
// Not 0, and no multiple of 1024: a card promises neither.
constexpr std::uint32_t LAUNCHED = 1040;

enum class Sight : unsigned char { EVERYBODY, COPYING, THREADS_ONLY };

struct Copy {
    std::uint32_t to;
    const void* from;
    bool inside;
};

struct Product {
    float* sums;
    unsigned columns;
    Matrix a;
    Matrix b;
    Widen widen;
};

struct Thread {
    std::vector<Copy> copies;
    std::deque<std::vector<Copy>> copyGroups;
    std::vector<std::uint32_t> hidden;
    std::vector<Product> products;
    std::deque<std::vector<Product>> productGroups;
    bool begun = false;
};

struct Block {
    std::vector<Thread> threads;
    std::vector<unsigned char> shared;
    std::vector<Sight> sights;
};

thread_local Block block;
std::atomic<int> spoiling(0);

Thread& self() { return block.threads[thread()]; }

bool isThere(std::uint32_t address) {
    return address % CHUNK == 0 && address >= LAUNCHED && address + CHUNK <= block.shared.size();
}

// That wgmma sees what is at the start of a run of 16 bytes.
void checkSight(std::uint32_t address) {
    if (!isThere(address)) {
        misuse("wgmma reads outside of the shared memory of its launch");
    } else if (block.sights[address / CHUNK] != Sight::EVERYBODY) {
        misuse("wgmma reads shared memory whose copies have not ended, or are not revealed");
    }
}

void multiply(const Product& product) {
    const unsigned char* shared = block.shared.data();
    unsigned member = thread() % 128;
    int row = static_cast<int>(member / 4 % 8 + member / 32 * 16);
    float left[2][STEP_K];
    for (int k = 0; k < STEP_K; k++) {
        for (int half = 0; half < 2; half++) {
            left[half][k] = product.widen(product.a.element(shared, row + 8 * half, k));
        }
    }
    bool descending = (spoiled() == Spoiled::ORDER && product.columns == 256) ||
                      (spoiled() == Spoiled::TURNS && product.columns == 128);
    for (unsigned i = 0; i < product.columns / 4; i++) {
        int column = static_cast<int>(i / 2 * 8 + member % 4 * 2 + i % 2);
        float* sums = product.sums + i / 2 * 4 + i % 2;
        for (int step = 0; step < STEP_K; step++) {
            int k = descending ? STEP_K - 1 - step : step;
            float right = product.widen(product.b.element(shared, column, k));
            sums[0] += left[0][k] * right;
            sums[2] += left[1][k] * right;
        }
    }
}

}  // namespace

Spoiled spoiled() { return static_cast<Spoiled>(spoiling.load()); }

void beginWarpgroups(unsigned threads, std::size_t sharedBytes) {
    block.threads.assign(sharedBytes == 0 ? 0 : threads, Thread());
    block.shared.assign(sharedBytes == 0 ? 0 : LAUNCHED + sharedBytes, 0xff);
    block.sights.assign(block.shared.size() / CHUNK + 1, Sight::EVERYBODY);
}

void endWarpgroups() {
    for (const Thread& each : block.threads) {
        if (!each.copies.empty() || !each.copyGroups.empty() || !each.products.empty() || !each.productGroups.empty()) {
            throw std::runtime_error("a thread ended before what it had on its way");
        }
    }
}

std::uint32_t launchedMemory() { return LAUNCHED; }

void copyAsync(std::uint32_t to, const void* from, bool inside) {
    if (!isThere(to) || reinterpret_cast<std::uintptr_t>(from) % CHUNK != 0) {
        return misuse("a copy to no place in shared memory, or from none at a multiple of 16 bytes");
    }
    std::memset(&block.shared[to], 0xff, CHUNK);
    block.sights[to / CHUNK] = Sight::COPYING;
    self().copies.push_back({to, from, inside});
}

void commitCopies() {
    self().copyGroups.push_back(std::move(self().copies));
    self().copies.clear();
}

void awaitCopies(unsigned pending) {
    Thread& thread = self();
    while (thread.copyGroups.size() > pending) {
        for (const Copy& copy : thread.copyGroups.front()) {
            if (copy.inside) {
                std::memcpy(&block.shared[copy.to], copy.from, CHUNK);
            } else {
                std::memset(&block.shared[copy.to], 0, CHUNK);
            }
            block.sights[copy.to / CHUNK] = Sight::THREADS_ONLY;
            thread.hidden.push_back(copy.to);
        }
        thread.copyGroups.pop_front();
    }
}

void revealCopies() {
    for (std::uint32_t address : self().hidden) {
        block.sights[address / CHUNK] = Sight::EVERYBODY;
    }
    self().hidden.clear();
}

void beginProducts() { self().begun = true; }

void product(float* sums, unsigned columns, std::uint64_t a, std::uint64_t b, Widen widen) {
    if (!self().begun) {
        return misuse("wgmma before wgmma.fence");
    }
    if (shuffle(a, 0) != a || shuffle(b, 0) != b || blockDim.y != 1) {
        return misuse("threads of a warp give wgmma different descriptors");
    }
    if (spoiled() == Spoiled::FAULT) {
        return misuse("a test wants wgmma to fail");
    }
    bool swizzles = spoiled() != Spoiled::SWIZZLE;
    Product given = {sums, columns, Matrix(a, Major::K, swizzles), Matrix(b, Major::ROWS, swizzles), widen};
    if (!given.a.isKnown() || !given.b.isKnown()) {
        return misuse("a descriptor of wgmma that the emulator does not know, or that starts where none may");
    }
    if (thread() % 32 == 0) {
        for (unsigned k = 0; k < STEP_K; k += 8) {
            for (unsigned row = 0; row < 64; row++) {
                checkSight(given.a.chunk(row, k));
            }
        }
        for (unsigned k = 0; k < STEP_K; k++) {
            for (unsigned column = 0; column < columns; column += 8) {
                checkSight(given.b.chunk(column, k));
            }
        }
    }
    self().products.push_back(given);
}

void commitProducts() {
    self().productGroups.push_back(std::move(self().products));
    self().products.clear();
}

void awaitProducts(unsigned pending) {
    Thread& thread = self();
    while (thread.productGroups.size() > pending) {
        for (const Product& each : thread.productGroups.front()) {
            multiply(each);
        }
        thread.productGroups.pop_front();
    }
}

}  // namespace emulated

#pragma GCC visibility push(default)
extern "C" {

// How products of tensor cores go wrong from now on; 0 for not at all.
void nereid_emulated_spoil(int how) { emulated::spoiling = how; }

}  // extern "C"
