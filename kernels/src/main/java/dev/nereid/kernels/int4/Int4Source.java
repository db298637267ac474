package dev.nereid.kernels.int4;

import java.lang.foreign.MemorySegment;

/**
 * A matrix [k, n] of four bits a number as ONNX Runtime's MatMulNBits has it: each column is cut into blocks along k, the
 * last one filled up; {@code value = (number - zeroPoint) * scale}.
 */
public interface Int4Source {
    /** uint8 [n, blocks, block / 2]: two numbers a byte, the first in its lower half. */
    MemorySegment numbers();

    float scale(int column, int block);

    /** Whether there is a zero point other than 8. */
    boolean hasZeroPoints();

    /** From 0 to 15. */
    int zeroPoint(int column, int block);
}
