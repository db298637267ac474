// Where wgmma finds the elements of 16 bits of its operands in shared memory, by PTX's description of matrix descriptors and
// canonical layouts. TESTS ONLY.
#pragma once

#include <cstdint>
#include <cstring>

namespace emulated {

// k of one instruction.
constexpr int STEP_K = 16;

// What lies side by side: the k of a row, or the rows (of b: columns) of a k.
enum class Major { K, ROWS };

class Matrix {
public:
    // swizzles: false to take addresses as they are, which is wrong
    Matrix(std::uint64_t descriptor, Major major, bool swizzles)
        : start(field(descriptor, 0)),
          leading(field(descriptor, 16)),
          stride(field(descriptor, 32)),
          mode(static_cast<unsigned>(descriptor >> 62)),
          base(static_cast<unsigned>(descriptor >> 49 & 7)),
          rest(descriptor & ~(FIELDS | std::uint64_t(3) << 62 | std::uint64_t(7) << 49)),
          major(major),
          swizzles(swizzles) {}

    // Whether it is swizzled with a pattern that starts at a multiple of its size; what else there is, nobody uses.
    bool isKnown() const {
        bool strided = stride % (8 * width()) == 0 && (major == Major::K || leading % (8 * width()) == 0);
        // The first row's or the first k's line, of which a row's k take a part.
        bool inPiece = start % (8 * width()) + (major == Major::K ? 2 * STEP_K : width()) <= width();
        return mode != 0 && base == 0 && rest == 0 && strided && inPiece;
    }

    // The address of the 16 bytes that have an element.
    std::uint32_t chunk(unsigned row, unsigned k) const {
        std::uint32_t address = major == Major::K ? start + row % 8 * width() + row / 8 * stride + k / 8 * 16
                                                  : start + row / 8 % (width() / 16) * 16 + row / 8 / (width() / 16) * leading +
                                                        k % 8 * width() + k / 8 * stride;
        // The bits that number a line of the pattern are added to those that number 16 bytes in it, without carry.
        return swizzles ? address ^ (address >> 3 & (width() - 16)) : address;
    }

    std::uint16_t element(const unsigned char* shared, unsigned row, unsigned k) const {
        std::uint16_t bits;
        std::memcpy(&bits, shared + chunk(row, k) + (major == Major::K ? k % 8 : row % 8) * 2, sizeof(bits));
        return bits;
    }

private:
    static constexpr std::uint64_t FIELDS = 0x3fff | std::uint64_t(0x3fff) << 16 | std::uint64_t(0x3fff) << 32;

    // Bytes, of units of 16.
    static std::uint32_t field(std::uint64_t descriptor, int from) {
        return static_cast<std::uint32_t>(descriptor >> from & 0x3fff) << 4;
    }

    // Bytes of a line: 128, 64, 32.
    unsigned width() const { return 256u >> mode; }

    std::uint32_t start;
    std::uint32_t leading;
    std::uint32_t stride;
    unsigned mode;
    unsigned base;
    std::uint64_t rest;
    Major major;
    bool swizzles;
};

}  // namespace emulated
