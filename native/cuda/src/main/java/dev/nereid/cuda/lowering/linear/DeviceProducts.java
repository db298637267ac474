package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Arrays;

/** Products of tensors on a device. */
final class DeviceProducts {
    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};

    private DeviceProducts() {}

    /** As NumPy's matmul; the axes before the matrices are at most three. */
    static DeviceProduct batched(Shape a, Shape b) {
        MatMulShape shape = MatMulShape.of(a, b);
        if (b.rank() <= 2) {
            int rows = Math.toIntExact(a.elements(0, a.rank() - 1));
            return DeviceProduct.plain(rows, shape.n(), shape.k());
        }
        int[] dims = ONE.clone();
        int[] aStrides = NONE.clone();
        int[] bStrides = NONE.clone();
        int rank = Math.max(a.rank(), b.rank()) - 2;
        int aStride = shape.m() * shape.k();
        int bStride = shape.k() * shape.n();
        for (int axis = 1; axis <= rank; axis++) {
            long left = dim(a, axis);
            long right = dim(b, axis);
            int at = DeviceProduct.BATCH_DIMS - axis;
            dims[at] = Math.toIntExact(left == 1 ? right : left);
            aStrides[at] = left == 1 ? 0 : aStride;
            bStrides[at] = right == 1 ? 0 : bStride;
            aStride = Math.toIntExact(aStride * left);
            bStride = Math.toIntExact(bStride * right);
        }
        return new DeviceProduct(
                shape.m(),
                shape.n(),
                shape.k(),
                shape.k(),
                1,
                shape.n(),
                1,
                dims,
                aStrides,
                bStrides,
                1,
                0,
                0,
                0,
                0,
                Activation.NONE,
                0);
    }

    /** Whether kernels multiply tensors of a type as they are. */
    static boolean multiplies(DataType type) {
        return type == DataType.FP32 || DataTypes.HALVES.contains(type);
    }

    /** Scratch memory for a product of {@code FP32} of these sizes. */
    static long scratchBytes(DeviceRun run, DeviceProduct product) {
        return scratchBytes(run, DataType.FP32, product);
    }

    /** Scratch memory for a product of these sizes, of a type that kernels {@link #multiplies multiply}. */
    static long scratchBytes(DeviceRun run, DataType type, DeviceProduct p) {
        return type == DataType.FP32
                ? run.kernels().productBytes(p.batch(), p.m(), p.n(), p.k())
                : run.kernels().halfProductBytes(p.batch(), p.m(), p.n(), p.k());
    }

    /** Multiplies tensors of a type that kernels {@link #multiplies multiply}, with the run's scratch memory. */
    static void multiply(DeviceRun run, DataType type, DeviceProduct product, long a, long b) {
        long c = run.output(0).address();
        if (type == DataType.FP32) {
            run.kernels().multiply(product, a, b, c, run.scratch());
        } else {
            run.kernels().multiplyHalf(type, product, a, b, c, run.scratch());
        }
    }

    /** Scratch memory for {@link #batched} of inputs 0 and 1. */
    static long scratchBytes(DeviceRun run) {
        return scratchBytes(run, batched(run.input(0).shape(), run.input(1).shape()));
    }

    /** Whether kernels take the axes of the batch. */
    static boolean fits(int aRank, int bRank) {
        return bRank <= 2 || Math.max(aRank, bRank) - 2 <= DeviceProduct.BATCH_DIMS;
    }

    /** The product with a row added, an activation, and a residual of the result's shape; addresses of 0 are none. */
    static DeviceProduct with(DeviceProduct p, long row, Activation activation, long residual) {
        return new DeviceProduct(
                p.m(),
                p.n(),
                p.k(),
                p.aRow(),
                p.aColumn(),
                p.bRow(),
                p.bColumn(),
                p.batchDims(),
                p.aBatch(),
                p.bBatch(),
                1,
                1,
                row,
                0,
                1,
                activation,
                residual);
    }

    /** {@code alpha * a' * b' + beta * c} of matrices that may be transposed. */
    static DeviceProduct general(
            DeviceTensor a,
            boolean transposeA,
            DeviceTensor b,
            boolean transposeB,
            float alpha,
            float beta,
            long addend,
            int addendRow,
            int addendColumn) {
        int m = Math.toIntExact(a.shape().dim(transposeA ? 1 : 0));
        int k = Math.toIntExact(a.shape().dim(transposeA ? 0 : 1));
        int n = Math.toIntExact(b.shape().dim(transposeB ? 0 : 1));
        if (b.shape().dim(transposeB ? 1 : 0) != k) {
            throw new IllegalArgumentException("no product of " + a.shape() + " and " + b.shape());
        }
        return new DeviceProduct(
                m,
                n,
                k,
                transposeA ? 1 : k,
                transposeA ? m : 1,
                transposeB ? 1 : n,
                transposeB ? k : 1,
                ONE,
                NONE,
                NONE,
                alpha,
                beta,
                addend,
                addendRow,
                addendColumn,
                Activation.NONE,
                0);
    }

    /** A dim of the batch, counted from its end; 1 where there are fewer. */
    private static long dim(Shape shape, int axis) {
        int at = shape.rank() - 2 - axis;
        return at < 0 ? 1 : shape.dim(at);
    }

    /** Checks that a residual has as many elements as the result. */
    static long residual(DeviceTensor residual, DeviceTensor result) {
        if (!Arrays.equals(residual.shape().dims(), result.shape().dims())) {
            throw new IllegalArgumentException(
                    "residual: expected the shape " + result.shape() + ", got " + residual.shape());
        }
        return residual.address();
    }
}
