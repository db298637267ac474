// How the threads of one block take turns: see emulated.h. TESTS ONLY.
#include "fibers.h"

#include <csetjmp>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

#include "copies.h"
#include "warpgroups.h"

thread_local dim3 threadIdx;
thread_local dim3 blockIdx;
thread_local dim3 blockDim;
thread_local dim3 gridDim;

namespace emulated {
namespace {

constexpr std::size_t STACK_BYTES = 64 << 10;
constexpr unsigned WARP = 32;
constexpr unsigned BARRIERS = 16;

enum class State { RUNNING, AT_BLOCK, AT_WARP, AT_NAMED, ENDED };

struct Fiber {
    ucontext_t start;
    jmp_buf where;
    void* stack = nullptr;
    unsigned thread = 0;
    bool started = false;
};

struct Thread {
    State state = State::RUNNING;
    Fiber* fiber = nullptr;
    // What it gave to the last two exchanges; two, since a neighbour may still read the one before.
    Words given[2] = {};
    unsigned exchanges = 0;
    // The named barrier that it waits at, and how often that had completed when it came.
    unsigned barrier = 0;
    unsigned completions = 0;
};

// One of a block's named barriers.
struct Barrier {
    unsigned wanted = 0;
    unsigned arrived = 0;
    unsigned completions = 0;
};

// The threads of the block that this stream runs.
struct Block {
    std::vector<Thread> threads;
    std::vector<Fiber*> idle;
    Fiber* current = nullptr;
    jmp_buf scheduler;
    const Body* body = nullptr;
    const void* arguments = nullptr;
    unsigned live = 0;
    Barrier barriers[BARRIERS];
    std::string problem;
};

thread_local Block block;

void place(unsigned thread) {
    threadIdx.x = thread % blockDim.x;
    threadIdx.y = thread / blockDim.x % blockDim.y;
    threadIdx.z = thread / blockDim.x / blockDim.y;
}

// A fiber runs thread after thread until one waits; after that its stack is the waiting thread's.
void runFiber() {
    for (;;) {
        Fiber* self = block.current;
        (*block.body)(block.arguments);
        block.threads[self->thread].state = State::ENDED;
        block.live--;
        // Keeps the stack and the place in this loop for the next thread.
        if (_setjmp(self->where) == 0) {
            _longjmp(block.scheduler, 1);
        }
    }
}

Fiber* takeFiber() {
    if (!block.idle.empty()) {
        Fiber* fiber = block.idle.back();
        block.idle.pop_back();
        return fiber;
    }
    Fiber* fiber = new Fiber();
    fiber->stack = mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fiber->stack == MAP_FAILED) {
        throw std::runtime_error("no memory for the stack of a thread");
    }
    return fiber;
}

// Runs a thread until it waits or ends.
void resume(unsigned thread) {
    Thread& resumed = block.threads[thread];
    if (resumed.fiber == nullptr) {
        resumed.fiber = takeFiber();
        resumed.fiber->thread = thread;
    }
    block.current = resumed.fiber;
    resumed.state = State::RUNNING;
    place(thread);
    if (_setjmp(block.scheduler) == 0) {
        Fiber* fiber = resumed.fiber;
        if (fiber->started) {
            _longjmp(fiber->where, 1);
        }
        fiber->started = true;
        getcontext(&fiber->start);
        fiber->start.uc_stack.ss_sp = fiber->stack;
        fiber->start.uc_stack.ss_size = STACK_BYTES;
        fiber->start.uc_link = nullptr;
        makecontext(&fiber->start, runFiber, 0);
        setcontext(&fiber->start);
    }
    if (block.threads[thread].state == State::ENDED) {
        block.idle.push_back(block.threads[thread].fiber);
        block.threads[thread].fiber = nullptr;
    }
    if (!block.problem.empty()) {
        throw std::runtime_error(block.problem);
    }
}

void wait(State state) {
    Fiber* self = block.current;
    block.threads[self->thread].state = state;
    if (_setjmp(self->where) == 0) {
        _longjmp(block.scheduler, 1);
    }
}

bool allWait(unsigned from, unsigned to, State state) {
    bool any = false;
    for (unsigned i = from; i < to; i++) {
        if (block.threads[i].state != State::ENDED) {
            if (block.threads[i].state != state) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

bool mayGoOn(const Thread& thread) {
    return thread.state == State::AT_NAMED && block.barriers[thread.barrier].completions != thread.completions;
}

// What an earlier launch left that failed: threads that will never end keep their stacks.
void clear(unsigned threads) {
    block.threads.assign(threads, Thread());
    block.live = threads;
    block.problem.clear();
    for (Barrier& barrier : block.barriers) {
        barrier = Barrier();
    }
}

void runBlock(unsigned threads, std::size_t sharedBytes) {
    clear(threads);
    beginCopies(threads);
    beginWarpgroups(threads, sharedBytes);
    for (unsigned i = 0; i < threads; i++) {
        resume(i);
    }
    while (block.live > 0) {
        bool moved = false;
        for (unsigned from = 0; from < threads; from += WARP) {
            unsigned to = from + WARP < threads ? from + WARP : threads;
            while (allWait(from, to, State::AT_WARP)) {
                moved = true;
                for (unsigned i = from; i < to; i++) {
                    if (block.threads[i].state == State::AT_WARP) {
                        resume(i);
                    }
                }
            }
        }
        for (unsigned i = 0; i < threads; i++) {
            if (mayGoOn(block.threads[i])) {
                moved = true;
                resume(i);
            }
        }
        if (allWait(0, threads, State::AT_BLOCK)) {
            moved = true;
            for (unsigned i = 0; i < threads; i++) {
                if (block.threads[i].state == State::AT_BLOCK) {
                    resume(i);
                }
            }
        }
        if (!moved) {
            throw std::runtime_error("threads of a block wait for each other at different places");
        }
    }
    for (const Barrier& barrier : block.barriers) {
        if (barrier.arrived != 0) {
            throw std::runtime_error("a block ended while a barrier waits for threads");
        }
    }
    endCopies();
    endWarpgroups();
}

}  // namespace

void awaitBlock() { wait(State::AT_BLOCK); }

void awaitWarp() { wait(State::AT_WARP); }

void misuse(const std::string& what) {
    if (block.problem.empty()) {
        block.problem = what;
    }
}

void arriveNamed(unsigned barrier, unsigned threads) {
    if (barrier >= BARRIERS || threads % WARP != 0 || threads == 0) {
        return misuse("there is no barrier " + std::to_string(barrier) + " for " + std::to_string(threads) + " threads");
    }
    Barrier& at = block.barriers[barrier];
    if (at.arrived != 0 && at.wanted != threads) {
        return misuse("threads come to barrier " + std::to_string(barrier) + " with different numbers");
    }
    at.wanted = threads;
    at.arrived++;
    if (at.arrived == at.wanted) {
        at.arrived = 0;
        at.completions++;
    }
}

void syncNamed(unsigned barrier, unsigned threads) {
    Thread& self = block.threads[block.current->thread];
    self.barrier = barrier % BARRIERS;
    self.completions = block.barriers[self.barrier].completions;
    arriveNamed(barrier, threads);
    wait(State::AT_NAMED);
}

const Words* Exchange::of(unsigned lane) const {
    unsigned from = block.current->thread / WARP * WARP + lane;
    return from < block.threads.size() ? &block.threads[from].given[slot] : nullptr;
}

Exchange exchange(const Words& words) {
    Thread& self = block.threads[block.current->thread];
    Exchange made = {self.exchanges++ % 2};
    self.given[made.slot] = words;
    awaitWarp();
    return made;
}

void launch(const Body& body, const void* arguments, dim3 grid, dim3 threads, std::size_t sharedBytes) {
    block.body = &body;
    block.arguments = arguments;
    blockDim = threads;
    gridDim = grid;
    for (unsigned z = 0; z < grid.z; z++) {
        for (unsigned y = 0; y < grid.y; y++) {
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = {x, y, z};
                runBlock(threads.x * threads.y * threads.z, sharedBytes);
            }
        }
    }
}

}  // namespace emulated
