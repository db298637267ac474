// Matrix products of numbers of 16 bits by wgmma, for Hopper: cards of compute capability 9.0 and no other.
//
// Oracles: the kernels of half_products.cu; and on the card itself those of compute_80/tensor_half.cu, whose place these take
// only where a few products gave the same bits (dev.nereid.cuda.driver.WarpgroupSelfTest).
//
// From simple to fast: tensor.cuh has warps fetch their fragments from shared memory into registers. A warpgroup does not: wgmma
// reads both operands where they lie. So a block has one warpgroup that does nothing but copy, 64 k of a's rows and b's
// columns at a time, into a ring of stages; and one or two that multiply, 64 rows of the tile each, and wait for nothing but
// the copies. Two barriers a stage pass it from one side to the other: `full` when copies are there, `empty` when products
// are done with it.
//
// Operands have their rows at multiples of 16 bytes: a along k, b along n. Sums are of FP32, and an element's order of
// additions depends on K, and on the length of slices, alone: all tiles add 16 k an instruction, in ascending order.
#include "../half_products.cuh"
#include "wgmma.cuh"

constexpr int STAGE_K = 64;
constexpr int CHUNK_ELEMENTS = 8;  // of 16 bits in one asynchronous copy
constexpr int STAGES = 4;
constexpr int LAG = 2;  // stages on their way behind the one that is copied: with STAGES - 1 both sides would wait for ever
constexpr int FULL = 1;  // the barrier of stage 0; 0 is __syncthreads'
constexpr int EMPTY = FULL + STAGES;
constexpr int GROUP = 16;  // tiles along rows that neighbouring blocks share, so that the L2 cache holds what they read

// Two sums, stored by one instruction.
struct alignas(8) Pair {
    float sums[2];
};

// A tile of `consumers` times 64 rows; the numbers are those that dev.nereid.cuda.driver.WarpgroupProducts has.
template <int consumers, int columns>
struct Ring {
    static constexpr int ROWS = 64 * consumers;
    static constexpr int THREADS = WARPGROUP * (1 + consumers);
    static constexpr int A_BYTES = ROWS * SWIZZLE_LINE;
    static constexpr int PANEL = STAGE_K * SWIZZLE_LINE;  // bytes of 64 columns of b
    static constexpr int BYTES = A_BYTES + columns / 64 * PANEL;

    uint32_t start;  // of stage 0, at a multiple of SWIZZLE_PIECE

    INLINE uint32_t a(int stage) const { return start + stage % STAGES * BYTES; }

    INLINE uint32_t b(int stage) const { return a(stage) + A_BYTES; }
};

// One stage, by the threads of a warpgroup.
template <int consumers, int columns>
INLINE void fetch(
    const Ring<consumers, columns>& ring, int stage, const Operands<uint16_t>& o, int row0, int column0, int thread) {
    constexpr int A_CHUNKS = STAGE_K / CHUNK_ELEMENTS;
    constexpr int B_CHUNKS = columns / CHUNK_ELEMENTS;
    constexpr int LINE_CHUNKS = SWIZZLE_LINE / 16;
    const int from = stage * STAGE_K;
    const int chunk = thread % A_CHUNKS;
    const bool deep = from + chunk * CHUNK_ELEMENTS < o.k;
#pragma unroll
    for (int i = 0; i < ring.ROWS * A_CHUNKS / WARPGROUP; i++) {
        int row = thread / A_CHUNKS + i * (WARPGROUP / A_CHUNKS);
        bool inside = deep && row0 + row < o.m;
        const uint16_t* source =
            inside ? o.a + static_cast<size_t>(row0 + row) * o.aRow + from + chunk * CHUNK_ELEMENTS : o.a;
        copy_async(ring.a(stage) + swizzled(row, chunk), source, inside);
    }
    const int across = thread % B_CHUNKS;
    const bool wide = column0 + across * CHUNK_ELEMENTS < o.n;
    const uint32_t panel = ring.b(stage) + across / LINE_CHUNKS * ring.PANEL;
#pragma unroll
    for (int i = 0; i < STAGE_K * B_CHUNKS / WARPGROUP; i++) {
        int k = thread / B_CHUNKS + i * (WARPGROUP / B_CHUNKS);
        bool inside = wide && from + k < o.k;
        const uint16_t* source =
            inside ? o.b + static_cast<size_t>(from + k) * o.bRow + column0 + across * CHUNK_ELEMENTS : o.b;
        copy_async(panel + swizzled(k, across % LINE_CHUNKS), source, inside);
    }
    commit_copies();
}

template <int consumers, int columns>
INLINE void produce(
    const Ring<consumers, columns>& ring, const Operands<uint16_t>& o, int stages, int row0, int column0, int thread) {
    for (int stage = 0; stage < stages; stage++) {
        if (stage >= STAGES) {
            sync_barrier(EMPTY + stage % STAGES, ring.THREADS);
        }
        fetch(ring, stage, o, row0, column0, thread);
        if (stage >= LAG) {
            await_copies<LAG>();
            reveal_copies();
            arrive_barrier(FULL + (stage - LAG) % STAGES, ring.THREADS);
        }
    }
    await_copies<0>();
    reveal_copies();
    for (int stage = stages > LAG ? stages - LAG : 0; stage < stages; stage++) {
        arrive_barrier(FULL + stage % STAGES, ring.THREADS);
    }
}

// Sums begin, and products that add to them may be next.
template <int count>
INLINE void clear(float (&sums)[count]) {
#pragma unroll
    for (int i = 0; i < count; i++) {
        sums[i] = 0;
    }
    hold(sums);
}

// number: which of the tile's 64 rows. slice: where SLICED, the stages of each slice: these are added by themselves, and then
// their sums, in ascending order.
template <typename Format, bool SLICED, int consumers, int columns>
INLINE void consume(const Ring<consumers, columns>& ring, int stages, int slice, int number, float (&sums)[columns / 2]) {
    constexpr int STEP_K = 16;
    float totals[SLICED ? columns / 2 : 1] = {};
    int end = slice;
    clear(sums);
    for (int stage = 0; stage < stages; stage++) {
        sync_barrier(FULL + stage % STAGES, ring.THREADS);
        uint64_t left = descriptor(ring.a(stage) + number * 64 * SWIZZLE_LINE, 16, SWIZZLE_PIECE);
        uint64_t right = descriptor(ring.b(stage), ring.PANEL, SWIZZLE_PIECE);
        begin_products();
#pragma unroll
        for (int k = 0; k < STAGE_K; k += STEP_K) {
            // 2 bytes each along a's line, and a line each of b; addresses are in units of 16 bytes.
            Format::multiply(sums, left + k * 2 / 16, right + k * SWIZZLE_LINE / 16);
        }
        commit_products();
        // The products of the stage before are done then, and it is free.
        await_products<1>();
        if (stage > 0 && stage - 1 + STAGES < stages) {
            arrive_barrier(EMPTY + (stage - 1) % STAGES, ring.THREADS);
        }
        if (SLICED && (stage + 1 == end || stage + 1 == stages)) {
            end += slice;
            await_products<0>();
            hold(sums);
#pragma unroll
            for (int i = 0; i < columns / 2; i++) {
                totals[SLICED ? i : 0] += sums[i];
            }
            clear(sums);
        }
    }
    await_products<0>();
    hold(sums);
    if (SLICED) {
#pragma unroll
        for (int i = 0; i < columns / 2; i++) {
            sums[i] = totals[SLICED ? i : 0];
        }
    }
}

// words[i] of thread t of four neighbours becomes words[t] of thread i.
INLINE void turn(uint32_t (&words)[4], int thread) {
#pragma unroll
    for (int distance = 1; distance <= 2; distance *= 2) {
        bool upper = (thread & distance) != 0;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if ((i & distance) == 0) {
                uint32_t given = upper ? words[i] : words[i + distance];
                uint32_t taken = __shfl_xor_sync(0xffffffffu, given, distance);
                words[i] = upper ? taken : words[i];
                words[i + distance] = upper ? words[i + distance] : taken;
            }
        }
    }
}

// Of each 32 columns a thread has two in each 8; turned, it has all of 8, which are 16 bytes.
template <typename Format, int columns>
INLINE void store(
    const HalfProductArgs& a, int item, int row0, int column0, int thread, const float (&sums)[columns / 2]) {
    const int row = row0 + thread / WARP * 16 + thread % WARP / 4;
    const int quarter = thread % 4;
    uint16_t* c = a.c + static_cast<size_t>(item) * a.m * a.n;
#pragma unroll
    for (int from = 0; from < columns; from += 32) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int down = row + half * 8;
            Chunk chunk;
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int at = (from / 8 + i) * 4 + half * 2;
                int along = column0 + from + i * 8 + quarter * 2;
                bool inside = down < a.m && along < a.n;
                chunk.words[i] = inside ? static_cast<uint32_t>(finished<Format>(a, down, along, sums[at])) |
                                              static_cast<uint32_t>(finished<Format>(a, down, along + 1, sums[at + 1])) << 16
                                        : 0;
            }
            turn(chunk.words, thread);
            int column = column0 + from + quarter * CHUNK_ELEMENTS;
            if (down < a.m && column < a.n) {
                *reinterpret_cast<Chunk*>(c + static_cast<size_t>(down) * a.n + column) = chunk;
            }
        }
    }
}

// As they are, two neighbours at a time.
template <int columns>
INLINE void store_parts(
    const HalfProductArgs& a, float* found, int row0, int column0, int thread, const float (&sums)[columns / 2]) {
    const int row = row0 + thread / WARP * 16 + thread % WARP / 4;
#pragma unroll
    for (int i = 0; i < columns / 2; i += 2) {
        int down = row + i % 4 / 2 * 8;
        int along = column0 + i / 4 * 8 + thread % 4 * 2;
        if (down < a.m && along < a.n) {
            *reinterpret_cast<Pair*>(found + static_cast<size_t>(down) * a.n + along) = {sums[i], sums[i + 1]};
        }
    }
}

// use(row0, column0, thread, sums) takes what a warpgroup has summed up: 64 rows from row0 on, and the tile's columns from
// column0 on. Grid: rows / the tile's, columns / the tile's, and whatever o is of.
template <typename Format, bool SLICED, int consumers, int columns, typename Use>
INLINE void warpgroup_product(const Operands<uint16_t>& o, int slice, Use use) {
    Ring<consumers, columns> ring = {(launched_memory() + SWIZZLE_PIECE - 1) / SWIZZLE_PIECE * SWIZZLE_PIECE};
    // Blocks start in the order of their numbers: GROUP tiles of rows by as many columns as there are, then the next rows.
    int block = blockIdx.y * gridDim.x + blockIdx.x;
    int first = block / (GROUP * gridDim.y) * GROUP;
    int height = gridDim.x - first < GROUP ? gridDim.x - first : GROUP;
    int place = block % (GROUP * gridDim.y);
    int row0 = (first + place % height) * ring.ROWS;
    int column0 = place / height * columns;
    int stages = (o.k + STAGE_K - 1) / STAGE_K;
    int thread = threadIdx.x % WARPGROUP;
    int number = threadIdx.x / WARPGROUP;
    if (number == 0) {
        produce(ring, o, stages, row0, column0, thread);
    } else {
        float sums[columns / 2];
        consume<Format, SLICED>(ring, stages, slice / STAGE_K, number - 1, sums);
        use(row0 + (number - 1) * 64, column0, thread, sums);
    }
}

template <typename Format, bool SLICED, int consumers, int columns>
INLINE void half_product(const HalfProductArgs& a) {
    int item = a.first + blockIdx.z;
    warpgroup_product<Format, SLICED, consumers, columns>(
        operands_of(a, item, all_of(a)), a.slice, [&](int row0, int column0, int thread, const auto& sums) {
            store<Format, columns>(a, item, row0, column0, thread, sums);
        });
}

template <typename Format, int consumers, int columns>
INLINE void half_parts(const HalfProductArgs& a) {
    int item = blockIdx.z / a.slices;
    int part = blockIdx.z % a.slices;
    warpgroup_product<Format, false, consumers, columns>(
        operands_of(a, item, slice_of(a, part)), 0, [&](int row0, int column0, int thread, const auto& sums) {
            store_parts<columns>(a, part_of(a, part, item), row0, column0, thread, sums);
        });
}

struct Fp16Warpgroups : Fp16 {
    template <int count>
    static INLINE void multiply(float (&c)[count], uint64_t a, uint64_t b) {
        wgmma_fp16(c, a, b);
    }
};

struct Bf16Warpgroups : Bf16 {
    template <int count>
    static INLINE void multiply(float (&c)[count], uint64_t a, uint64_t b) {
        wgmma_bf16(c, a, b);
    }
};

// K in one chain, with tiles of 128 x 256 for large products. Grid of all: rows / the tile's, columns / the tile's, batch;
// block: 384.
BOUNDED_KERNEL(warpgroup_fp16_256, HalfProductArgs, 384, 1) { half_product<Fp16Warpgroups, false, 2, 256>(a); }

BOUNDED_KERNEL(warpgroup_bf16_256, HalfProductArgs, 384, 1) { half_product<Bf16Warpgroups, false, 2, 256>(a); }

// The same with tiles of 64 x 64, for products that would leave multiprocessors without a larger one; block: 256.
BOUNDED_KERNEL(warpgroup_fp16_64, HalfProductArgs, 256, 3) { half_product<Fp16Warpgroups, false, 1, 64>(a); }

BOUNDED_KERNEL(warpgroup_bf16_64, HalfProductArgs, 256, 3) { half_product<Bf16Warpgroups, false, 1, 64>(a); }

// K in slices, one after the other in a block: gemm.cu says why. Tiles of 128 x 128, so that there are registers for the
// totals beside the sums; block: 384.
BOUNDED_KERNEL(warpgroup_fp16_128_sliced, HalfProductArgs, 384, 1) { half_product<Fp16Warpgroups, true, 2, 128>(a); }

BOUNDED_KERNEL(warpgroup_bf16_128_sliced, HalfProductArgs, 384, 1) { half_product<Bf16Warpgroups, true, 2, 128>(a); }

// The sums of slices in blocks beside each other, for few rows; half_join_fp16 and half_join_bf16 add them. The grid's batch
// has a place for each slice; block: 256.
BOUNDED_KERNEL(warpgroup_fp16_64_parts, HalfProductArgs, 256, 3) { half_parts<Fp16Warpgroups, 1, 64>(a); }

BOUNDED_KERNEL(warpgroup_bf16_64_parts, HalfProductArgs, 256, 3) { half_parts<Bf16Warpgroups, 1, 64>(a); }
