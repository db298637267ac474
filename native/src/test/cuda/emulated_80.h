// The twins of compute_80/mma.cuh for the emulated driver: what the instructions do by PTX's description of who has which
// element, over the emulator's exchanges. TESTS ONLY. Copies are done at once, so a missing wait does not show.
#pragma once

#include "emulated.h"

namespace emulated {

// The words of b's column and a's row that a lane needs for one of its sums.
struct Line {
    std::uint32_t words[8];
};

// half: 0 for the first 8 rows, 1 for the others.
inline Line row_of(const Exchange& fragments, int half) {
    Line line;
    for (unsigned word = 0; word < 8; word++) {
        line.words[word] = fragments.of(lane() / 4 * 4 + word % 4)->words[half + (word < 4 ? 0 : 2)];
    }
    return line;
}

inline Line column_of(const Exchange& fragments, int next) {
    Line line;
    for (unsigned word = 0; word < 8; word++) {
        line.words[word] = fragments.of((lane() % 4 * 2 + next) * 4 + word % 4)->words[word < 4 ? 4 : 5];
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
    Exchange fragments = exchange({{a[0], a[1], a[2], a[3], b[0], b[1]}});
    Line rows[2] = {row_of(fragments, 0), row_of(fragments, 1)};
    Line columns[2] = {column_of(fragments, 0), column_of(fragments, 1)};
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
