package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products of matrices of bytes. Every implementation gives the same bits: sums are exact modulo 2^32, and floats are
 * rounded in the order that is written here. Stateless; for any number of threads.
 */
public interface Int8ProductKernels {
    /** Bytes that {@link #left} and {@link #quantizedLeft} need for [m, k]. */
    long leftBytes(int m, int k);

    /**
     * Lays out a left operand.
     *
     * @param a uint8 or int8 [m, k]
     * @param memory receives the layout, {@link #leftBytes} long, 64-byte aligned
     */
    Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers);

    /**
     * Quantises floats to uint8 and lays them out as a left operand.
     *
     * @param x float32 [m, k]
     * @param memory receives the layout, {@link #leftBytes} long, 64-byte aligned
     */
    Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers);

    /** Bytes that {@link #right} needs for [k, n]. */
    long rightBytes(int k, int n);

    /**
     * Packs a right operand: at load for a constant, else for each product.
     *
     * @param b uint8 or int8 [k, n]
     * @param memory receives the layout, {@link #rightBytes} long, 64-byte aligned
     */
    Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory);

    /** Bytes of scratch memory, 64-byte aligned, that a product of [m, k] and [k, n] needs. */
    long scratchBytes(int m, int k, int n);

    /**
     * The product: a sum is that of {@code (a[i,k] - aZero[i]) * (b[k,j] - bZero[j])} over k.
     *
     * @param scaling how sums become floats; where it is empty, sums are stored
     * @param c float32, or int32 for sums: [m, n]
     */
    void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            Optional<ProductScaling> scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers);
}
