package dev.nereid.kernels.blockwise;

import java.lang.foreign.MemorySegment;

/**
 * A matrix [k, n] of few bits a number as ONNX Runtime's MatMulNBits has it: each column is cut into blocks along k, the
 * last one filled up; {@code value = (number - zeroPoint) * scale}.
 */
public interface BlockwiseSource {
    /** Bits of a number. */
    int bits();

    /** Numbers of a block. */
    int block();

    /** uint8 [n, blocks, block * bits / 8]: numbers from the lowest bits of a byte on. */
    MemorySegment numbers();

    float scale(int column, int block);

    /** Whether there is a zero point other than half of the range. */
    boolean hasZeroPoints();

    /** Not below zero. */
    int zeroPoint(int column, int block);
}
