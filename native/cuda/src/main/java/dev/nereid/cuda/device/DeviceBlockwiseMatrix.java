package dev.nereid.cuda.device;

/**
 * A block-quantised matrix [k, n] in a device's memory: each column is cut into blocks with a scale and a zero point, and an
 * element is {@code (number - zeroPoint) * scale}. Numbers are packed from the low bits of a byte upward; the last block of
 * a column is as long as others.
 *
 * @param bits of a number, 4 or 8
 * @param block numbers of a block, a power of two from 2 on
 * @param numbers the address of [n, blocks, block * bits / 8] bytes
 * @param scales the address of {@code FP32} [n, blocks]
 * @param zeroPoints the address of [n, blocks * bits / 8] bytes, packed as the numbers are and rounded up; 0 where each is half of the
 *     range
 */
public record DeviceBlockwiseMatrix(int bits, int block, long numbers, long scales, long zeroPoints) {
    public DeviceBlockwiseMatrix {
        if (!areKnown(bits, block)) {
            throw new IllegalArgumentException("no kernels for blocks of " + block + " numbers of " + bits + " bits");
        }
    }

    /** Whether there are kernels for such numbers. */
    public static boolean areKnown(long bits, long block) {
        return (bits == 4 || bits == Byte.SIZE) && block >= 2 && block <= 1 << 20 && Long.bitCount(block) == 1;
    }
}
