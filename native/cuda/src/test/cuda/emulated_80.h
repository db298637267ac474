// The twins of compute_80/mma.cuh for the emulated driver: what the instructions do by PTX's description of who has which
// element, over the emulator's exchanges. TESTS ONLY. See copies.h for what is held to the rules.
#pragma once

#include "copies.h"
#include "emulated.h"
#include "warpgroups.h"

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

// Sums in the order of k; a card's own order inside of one instruction is not known. left(line, k), right(line, k): elements as
// numbers that are multiplied.
template <int DEPTH, typename Sum, typename Left, typename Right>
void mma(Sum* c, const std::uint32_t* a, const std::uint32_t* b, Left left, Right right) {
    if (spoiled() == Spoiled::MMA_FAULT) {
        misuse("a test wants mma.sync to fail");
    }
    int first = spoiled() == Spoiled::WORDS ? 1 : 0;
    Exchange fragments = exchange({{a[0], a[1], a[2], a[3], b[first], b[1 - first]}});
    Sum rows[2][DEPTH];
    Sum columns[2][DEPTH];
    for (int i = 0; i < 2; i++) {
        Line row = row_of(fragments, i);
        Line column = column_of(fragments, i);
        for (int k = 0; k < DEPTH; k++) {
            rows[i][k] = left(row, k);
            columns[i][k] = right(column, k);
        }
    }
    for (int e = 0; e < 4; e++) {
        for (int k = 0; k < DEPTH; k++) {
            c[e] += rows[e / 2][k] * columns[e % 2][k];
        }
    }
}

}  // namespace emulated

INLINE void mma_tf32(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    auto number = [](const emulated::Line& line, int k) { return emulated::element<float>(line, k); };
    emulated::mma<8>(c, a, b, number, number);
}

INLINE void mma_fp16(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    auto number = [](const emulated::Line& line, int k) { return from_fp16(emulated::element<std::uint16_t>(line, k)); };
    emulated::mma<16>(c, a, b, number, number);
}

INLINE void mma_bf16(float* c, const std::uint32_t* a, const std::uint32_t* b) {
    auto number = [](const emulated::Line& line, int k) { return from_bf16(emulated::element<std::uint16_t>(line, k)); };
    emulated::mma<16>(c, a, b, number, number);
}

INLINE void mma_u8s8(int* c, const std::uint32_t* a, const std::uint32_t* b) {
    emulated::mma<32>(
        c, a, b, [](const emulated::Line& line, int k) { return static_cast<int>(emulated::element<std::uint8_t>(line, k)); },
        [](const emulated::Line& line, int k) { return static_cast<int>(emulated::element<std::int8_t>(line, k)); });
}

INLINE void copy_async(void* to, const void* from, bool inside) { emulated::copyLater(to, from, inside); }

INLINE void commit_copies() { emulated::commitLater(); }

template <int pending>
INLINE void await_copies() {
    emulated::awaitLater(pending);
}
