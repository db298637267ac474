package dev.nereid.cuda.lowering.contrib;

import dev.nereid.cuda.device.DeviceBlockwiseMatrix;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.contrib.BlockQuantizedMatrix;
import dev.nereid.models.operators.contrib.MatMulNBits;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link MatMulNBits} of FP32 on a device, with its weights quantised as they are in the file. */
record DeviceMatMulNBits(int n, int k, int bits, int block) {
    private static final int[] FLOATS = {0, MatMulNBits.SCALES, MatMulNBits.BIAS};
    private static final int[] BYTES = {MatMulNBits.B, MatMulNBits.ZERO_POINTS};

    /** The node's step; empty where columns have groups of their own, or numbers are held as no kernel knows. */
    static Optional<DeviceStep> step(Inference node) {
        Attributes attributes = node.attributes();
        int bits = BlockQuantizedMatrix.bits(attributes);
        int block = MatMulNBits.attribute(attributes, "block_size");
        boolean fits = DeviceBlockwiseMatrix.areKnown(bits, block)
                && !node.has(MatMulNBits.GROUPS)
                && areOf(node, DataType.FP32, FLOATS)
                && areOf(node, DataType.UINT8, BYTES);
        if (!fits) {
            return Optional.empty();
        }
        DeviceMatMulNBits product = new DeviceMatMulNBits(
                MatMulNBits.attribute(attributes, "N"), MatMulNBits.attribute(attributes, "K"), bits, block);
        List<Integer> reads = IntStream.rangeClosed(0, MatMulNBits.BIAS)
                .filter(node::has)
                .boxed()
                .toList();
        return Optional.of(DeviceStep.computing(
                reads, run -> run.kernels().blockwiseBytes(rows(run), product.n(), product.k()), product::run));
    }

    private static boolean areOf(Inference node, DataType type, int... inputs) {
        return IntStream.of(inputs)
                .filter(node::has)
                .allMatch(input -> node.type(input).dataType() == type);
    }

    private static int rows(DeviceRun run) {
        Shape shape = run.input(0).shape();
        return Math.toIntExact(shape.elements(0, shape.rank() - 1));
    }

    private void run(DeviceRun run) {
        int blocks = Math.ceilDiv(k, block);
        Shape a = run.input(0).shape();
        if (a.dim(-1) != k) {
            throw new IllegalArgumentException("input 0: expected " + k + " columns, got " + a);
        }
        require(run, MatMulNBits.B, "b", (long) n * blocks * block * bits / Byte.SIZE);
        require(run, MatMulNBits.SCALES, "scales", (long) n * blocks);
        require(run, MatMulNBits.ZERO_POINTS, "zero_points", (long) n * Math.ceilDiv(blocks * bits, Byte.SIZE));
        require(run, MatMulNBits.BIAS, "bias", n);
        DeviceProduct plain = DeviceProduct.plain(rows(run), n, k);
        run.kernels()
                .multiplyBlockwise(
                        run.has(MatMulNBits.BIAS)
                                ? plain.adding(run.input(MatMulNBits.BIAS).address(), 0, 1)
                                : plain,
                        new DeviceBlockwiseMatrix(
                                bits,
                                block,
                                run.input(MatMulNBits.B).address(),
                                run.input(MatMulNBits.SCALES).address(),
                                run.has(MatMulNBits.ZERO_POINTS)
                                        ? run.input(MatMulNBits.ZERO_POINTS).address()
                                        : 0),
                        run.input(0).address(),
                        run.output(0).address(),
                        run.scratch());
    }

    private static void require(DeviceRun run, int input, String name, long elements) {
        if (run.has(input) && run.input(input).shape().elements() != elements) {
            throw new IllegalArgumentException(name + ": expected " + elements + " elements, got "
                    + run.input(input).shape());
        }
    }
}
