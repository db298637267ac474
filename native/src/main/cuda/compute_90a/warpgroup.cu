// Matrix products of numbers of 16 bits by wgmma, for Hopper: cards of compute capability 9.0 and no other.
//
// Oracles: gemm_fp16 and gemm_bf16 in gemm.cu; and on the card itself the kernels of compute_80/tensor.cu, whose place these
// take only where a few products gave the same bits (dev.nereid.nativekernels.cuda.WarpgroupTrial).
//
// From simple to fast: tensor.cu has warps fetch their fragments from shared memory into registers. A warpgroup does not: wgmma
// reads both operands where they lie. So a block has one warpgroup that does nothing but copy, 64 k of a's rows and b's
// columns at a time, into a ring of stages; and one or two that multiply, 64 rows of the tile each, and wait for nothing but
// the copies. Two barriers a stage pass it from one side to the other: `full` when copies are there, `empty` when products
// are done with it.
//
// Operands have their rows at multiples of 16 bytes: a along k, b along n. Sums are of FP32, and an element's order of
// additions depends on K alone: all tiles add 16 k an instruction, in ascending order.
#include "../gemm.cuh"
#include "wgmma.cuh"

constexpr int STAGE_K = 64;
constexpr int CHUNK_ELEMENTS = 8;  // of 16 bits in one asynchronous copy
constexpr int STAGES = 4;
constexpr int LAG = 2;  // stages on their way behind the one that is copied: with STAGES - 1 both sides would wait for ever
constexpr int FULL = 1;  // the barrier of stage 0; 0 is __syncthreads'
constexpr int EMPTY = FULL + STAGES;
constexpr int GROUP = 16;  // tiles along rows that neighbouring blocks share, so that the L2 cache holds what they read

// A tile of `consumers` times 64 rows; the numbers are those that dev.nereid.nativekernels.cuda.WarpgroupProducts has.
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
    const Ring<consumers, columns>& ring, int stage, const HalfProductArgs& a, int row0, int column0, int thread) {
    constexpr int A_CHUNKS = STAGE_K / CHUNK_ELEMENTS;
    constexpr int B_CHUNKS = columns / CHUNK_ELEMENTS;
    constexpr int LINE_CHUNKS = SWIZZLE_LINE / 16;
    const int from = stage * STAGE_K;
    const int chunk = thread % A_CHUNKS;
    const bool deep = from + chunk * CHUNK_ELEMENTS < a.k;
#pragma unroll
    for (int i = 0; i < ring.ROWS * A_CHUNKS / WARPGROUP; i++) {
        int row = thread / A_CHUNKS + i * (WARPGROUP / A_CHUNKS);
        bool inside = deep && row0 + row < a.m;
        const uint16_t* source =
            inside ? a.a + static_cast<size_t>(row0 + row) * a.k + from + chunk * CHUNK_ELEMENTS : a.a;
        copy_async(ring.a(stage) + swizzled(row, chunk), source, inside);
    }
    const int across = thread % B_CHUNKS;
    const bool wide = column0 + across * CHUNK_ELEMENTS < a.n;
    const uint32_t panel = ring.b(stage) + across / LINE_CHUNKS * ring.PANEL;
#pragma unroll
    for (int i = 0; i < STAGE_K * B_CHUNKS / WARPGROUP; i++) {
        int k = thread / B_CHUNKS + i * (WARPGROUP / B_CHUNKS);
        bool inside = wide && from + k < a.k;
        const uint16_t* source =
            inside ? a.b + static_cast<size_t>(from + k) * a.n + column0 + across * CHUNK_ELEMENTS : a.b;
        copy_async(panel + swizzled(k, across % LINE_CHUNKS), source, inside);
    }
    commit_copies();
}

template <int consumers, int columns>
INLINE void produce(
    const Ring<consumers, columns>& ring, const HalfProductArgs& a, int stages, int row0, int column0, int thread) {
    for (int stage = 0; stage < stages; stage++) {
        if (stage >= STAGES) {
            sync_barrier(EMPTY + stage % STAGES, ring.THREADS);
        }
        fetch(ring, stage, a, row0, column0, thread);
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

// number: which of the tile's 64 rows; multiply(c, a, b) is an instruction of wgmma.cuh.
template <int consumers, int columns, typename Multiply>
INLINE void consume(
    const Ring<consumers, columns>& ring, int stages, int number, float (&sums)[columns / 2], Multiply multiply) {
    constexpr int STEP_K = 16;
#pragma unroll
    for (int i = 0; i < columns / 2; i++) {
        sums[i] = 0;
    }
    hold(sums);
    for (int stage = 0; stage < stages; stage++) {
        sync_barrier(FULL + stage % STAGES, ring.THREADS);
        uint64_t left = descriptor(ring.a(stage) + number * 64 * SWIZZLE_LINE, 16, SWIZZLE_PIECE);
        uint64_t right = descriptor(ring.b(stage), ring.PANEL, SWIZZLE_PIECE);
        begin_products();
#pragma unroll
        for (int k = 0; k < STAGE_K; k += STEP_K) {
            // 2 bytes each along a's line, and a line each of b; addresses are in units of 16 bytes.
            multiply(sums, left + k * 2 / 16, right + k * SWIZZLE_LINE / 16);
        }
        commit_products();
        // The products of the stage before are done then, and it is free.
        await_products<1>();
        if (stage > 0 && stage - 1 + STAGES < stages) {
            arrive_barrier(EMPTY + (stage - 1) % STAGES, ring.THREADS);
        }
    }
    await_products<0>();
    hold(sums);
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
template <int columns, typename Round>
INLINE void store(const HalfProductArgs& a, int row0, int column0, int thread, const float (&sums)[columns / 2], Round round) {
    const int row = row0 + thread / WARP * 16 + thread % WARP / 4;
    const int quarter = thread % 4;
#pragma unroll
    for (int from = 0; from < columns; from += 32) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            Chunk chunk;
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int at = (from / 8 + i) * 4 + half * 2;
                chunk.words[i] = static_cast<uint32_t>(round(sums[at])) | static_cast<uint32_t>(round(sums[at + 1])) << 16;
            }
            turn(chunk.words, thread);
            int column = column0 + from + quarter * CHUNK_ELEMENTS;
            if (row + half * 8 < a.m && column < a.n) {
                *reinterpret_cast<Chunk*>(a.c + static_cast<size_t>(row + half * 8) * a.n + column) = chunk;
            }
        }
    }
}

// Grid: rows / the tile's, columns / the tile's.
template <int consumers, int columns, typename Multiply, typename Round>
INLINE void warpgroup_product(const HalfProductArgs& a, Multiply multiply, Round round) {
    Ring<consumers, columns> ring = {(launched_memory() + SWIZZLE_PIECE - 1) / SWIZZLE_PIECE * SWIZZLE_PIECE};
    // Blocks start in the order of their numbers: GROUP tiles of rows by as many columns as there are, then the next rows.
    int block = blockIdx.y * gridDim.x + blockIdx.x;
    int first = block / (GROUP * gridDim.y) * GROUP;
    int height = gridDim.x - first < GROUP ? gridDim.x - first : GROUP;
    int place = block % (GROUP * gridDim.y);
    int row0 = (first + place % height) * ring.ROWS;
    int column0 = place / height * columns;
    int stages = (a.k + STAGE_K - 1) / STAGE_K;
    int thread = threadIdx.x % WARPGROUP;
    int number = threadIdx.x / WARPGROUP;
    if (number == 0) {
        produce(ring, a, stages, row0, column0, thread);
    } else {
        float sums[columns / 2];
        consume(ring, stages, number - 1, sums, multiply);
        store<columns>(a, row0 + (number - 1) * 64, column0, thread, sums, round);
    }
}

#define FP16_PRODUCT                                                                   \
    [](auto& c, uint64_t x, uint64_t y) { wgmma_fp16(c, x, y); }, [](float sum) { return to_fp16(sum); }
#define BF16_PRODUCT                                                                   \
    [](auto& c, uint64_t x, uint64_t y) { wgmma_bf16(c, x, y); }, [](float sum) { return to_bf16(sum); }

// c = a * b of FP16, with sums of FP32. Tiles of 128 x 256, for large products; block: 384.
BOUNDED_KERNEL(warpgroup_fp16_256, HalfProductArgs, 384, 1) { warpgroup_product<2, 256>(a, FP16_PRODUCT); }

// The same of BF16.
BOUNDED_KERNEL(warpgroup_bf16_256, HalfProductArgs, 384, 1) { warpgroup_product<2, 256>(a, BF16_PRODUCT); }

// The same with tiles of 64 x 64, for products that would leave multiprocessors without a larger one; block: 256.
BOUNDED_KERNEL(warpgroup_fp16_64, HalfProductArgs, 256, 3) { warpgroup_product<1, 64>(a, FP16_PRODUCT); }

BOUNDED_KERNEL(warpgroup_bf16_64, HalfProductArgs, 256, 3) { warpgroup_product<1, 64>(a, BF16_PRODUCT); }
