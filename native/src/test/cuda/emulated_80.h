// The twins of compute_80/mma.cuh for the emulated driver: what the instructions do by PTX's description of who has which
// element, over the emulator's shuffles. TESTS ONLY. Copies are done at once, so a missing wait does not show.
#pragma once

#include "emulated.h"

namespace emulated {

// The words of b's column and a's row that this lane needs for one of its sums.
struct Line {
    std::uint32_t words[8];
};

inline Line row_of(const std::uint32_t* a, int half) {
    Line line;
    for (unsigned word = 0; word < 8; word++) {
        unsigned from = lane() / 4 * 4 + word % 4;
        // All lanes take part in every exchange, so both halves are asked for.
        line.words[word] = shuffle(a[half + (word < 4 ? 0 : 2)], from);
    }
    return line;
}

inline Line column_of(const std::uint32_t* b, int next) {
    Line line;
    for (unsigned word = 0; word < 8; word++) {
        unsigned column = lane() % 4 * 2 + next;
        line.words[word] = shuffle(b[word < 4 ? 0 : 1], column * 4 + word % 4);
    }
    return line;
}

template <typename T>
T element(const Line& line, int k) {
    T value;
    std::memcpy(&value, reinterpret_cast<const unsigned char*>(line.words) + sizeof(T) * k, sizeof(T));
    return value;
}

// Sums in the order of k; a card's own order inside of one instruction is not known.
template <typename Sum, typename Product>
void mma(Sum* c, const std::uint32_t* a, const std::uint32_t* b, int depth, Product product) {
    Line rows[2] = {row_of(a, 0), row_of(a, 1)};
    Line columns[2] = {column_of(b, 0), column_of(b, 1)};
    for (int e = 0; e < 4; e++) {
        for (int k = 0; k < depth; k++) {
            c[e] += product(rows[e / 2], columns[e % 2], k);
        }
    }
}

}  // namespace emulated

INLINE void mma_tf32(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    emulated::mma(c, a, b, 8, [](const emulated::Line& x, const emulated::Line& y, int k) {
        return emulated::element<float>(x, k) * emulated::element<float>(y, k);
    });
}

INLINE void mma_fp16(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    emulated::mma(c, a, b, 16, [](const emulated::Line& x, const emulated::Line& y, int k) {
        return from_fp16(emulated::element<std::uint16_t>(x, k)) *
               from_fp16(emulated::element<std::uint16_t>(y, k));
    });
}

INLINE void mma_bf16(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    emulated::mma(c, a, b, 16, [](const emulated::Line& x, const emulated::Line& y, int k) {
        return from_bf16(emulated::element<std::uint16_t>(x, k)) *
               from_bf16(emulated::element<std::uint16_t>(y, k));
    });
}

INLINE void mma_u8s8(int* c, const std::uint32_t* a, const std::uint32_t* b) {
    emulated::mma(c, a, b, 32, [](const emulated::Line& x, const emulated::Line& y, int k) {
        return static_cast<int>(emulated::element<std::uint8_t>(x, k)) *
               static_cast<int>(emulated::element<std::int8_t>(y, k));
    });
}

INLINE void copy_async(void* to, const void* from, bool inside) {
    if (inside) {
        std::memcpy(to, from, 16);
    } else {
        std::memset(to, 0, 16);
    }
}

INLINE void commit_copies() {}

template <int pending>
INLINE void await_copies() {}
