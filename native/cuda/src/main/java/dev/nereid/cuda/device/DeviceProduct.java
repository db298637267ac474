package dev.nereid.cuda.device;

import dev.nereid.kernels.matmul.Activation;
import java.util.Objects;

/**
 * The sizes of a batch of products {@code c = activation(alpha * a * b + beta * addend) + residual} of one type,
 * {@code FP32} where nothing else is said. Strides are in elements; c and the residual are dense: [batch..., m, n]. Arrays
 * are not to be changed.
 *
 * @param batchDims three numbers, 1 where there are fewer axes
 * @param aBatch strides of a along the axes of the batch, 0 where it is repeated
 * @param bBatch strides of b along them
 * @param addend the addend's address, 0 for none
 * @param residual the residual's address, 0 for none
 */
@SuppressWarnings("ArrayRecordComponent")
public record DeviceProduct(
        int m,
        int n,
        int k,
        int aRow,
        int aColumn,
        int bRow,
        int bColumn,
        int[] batchDims,
        int[] aBatch,
        int[] bBatch,
        float alpha,
        float beta,
        long addend,
        int addendRow,
        int addendColumn,
        Activation activation,
        long residual) {
    /** Axes of a batch. */
    public static final int BATCH_DIMS = 3;

    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};

    public DeviceProduct {
        Objects.requireNonNull(activation, "activation");
        if (batchDims.length != BATCH_DIMS || aBatch.length != BATCH_DIMS || bBatch.length != BATCH_DIMS) {
            throw new IllegalArgumentException("a batch has " + BATCH_DIMS + " axes here");
        }
    }

    /** One product of dense matrices [m, k] and [k, n]. */
    public static DeviceProduct plain(int m, int n, int k) {
        return new DeviceProduct(m, n, k, k, 1, n, 1, ONE, NONE, NONE, 1, 0, 0, 0, 0, Activation.NONE, 0);
    }

    /** The same product with an addend, whose strides are along rows and columns. */
    public DeviceProduct adding(long address, int row, int column) {
        return new DeviceProduct(
                m,
                n,
                k,
                aRow,
                aColumn,
                bRow,
                bColumn,
                batchDims,
                aBatch,
                bBatch,
                alpha,
                1,
                address,
                row,
                column,
                activation,
                residual);
    }

    /** How many products. */
    public int batch() {
        return Math.multiplyExact(Math.multiplyExact(batchDims[0], batchDims[1]), batchDims[2]);
    }
}
