package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.cuda.lowering.elementwise.DeviceBroadcast;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.Normalization;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A {@link Normalization} of FP32 on a device: what is added is, then rows are normalised. */
record DeviceNormalization(Normalization of) {
    /** The node's step; empty where somebody wants means or deviations, or where rows have more than one axis. */
    Optional<DeviceStep> step(Inference node, DeviceCapabilities capabilities) {
        TensorType x = node.type(0);
        List<Integer> reads = IntStream.of(0, of.scale(), of.skip(), of.shift(), of.bias())
                .filter(input -> input >= 0 && node.has(input))
                .boxed()
                .toList();
        boolean floats = reads.stream().allMatch(input -> node.type(input).dataType() == DataType.FP32);
        boolean statistics = (of.meanOutput() >= 0 && DeviceTokenSteps.wants(node, of.meanOutput()))
                || DeviceTokenSteps.wants(node, of.deviationOutput());
        if (!floats || statistics || x.rank() < 1 || of.axis(node, x.rank()) != x.rank() - 1) {
            return Optional.empty();
        }
        boolean rows = IntStream.of(of.scale(), of.shift(), of.bias())
                .filter(reads::contains)
                .allMatch(input -> isRow(node.type(input), x.dim(-1)));
        if (!rows || (of.skip() >= 0 && !capabilities.has(BinaryOp.ADD, DataType.FP32))) {
            return Optional.empty();
        }
        float epsilon = node.attributes().real("epsilon", of.epsilonWhenAbsent());
        return Optional.of(DeviceStep.computing(reads, this::scratchBytes, run -> run(run, epsilon)));
    }

    private static boolean isRow(TensorType type, Dim length) {
        return type.hasRank() && type.rank() == 1 && type.dim(0).equals(length);
    }

    private long scratchBytes(DeviceRun run) {
        return of.skip() >= 0 && !run.wants(of.sumOutput())
                ? (long) Float.BYTES * run.input(0).length()
                : 0;
    }

    private void run(DeviceRun run, float epsilon) {
        DeviceTensor x = run.input(0);
        Shape shape = x.shape();
        long sum = x.address();
        if (of.skip() >= 0) {
            sum = run.wants(of.sumOutput()) ? run.output(of.sumOutput()).address() : run.scratch();
            add(run, x, run.input(of.skip()), sum);
            if (run.has(of.bias())) {
                add(run, new DeviceTensor(DataType.FP32, shape, sum), run.input(of.bias()), sum);
            }
        }
        int columns = Math.toIntExact(shape.dim(-1));
        long bias =
                of.shift() >= 0 && run.has(of.shift()) ? run.input(of.shift()).address() : 0;
        DeviceNorm norm = new DeviceNorm(
                Math.toIntExact(shape.elements(0, shape.rank() - 1)),
                columns,
                epsilon,
                run.input(of.scale()).address(),
                bias,
                1,
                0,
                1);
        long y = run.output(0).address();
        if (of.simplified()) {
            run.kernels().normalizeMeanSquare(norm, sum, y);
        } else {
            run.kernels().normalizeMeanVariance(norm, sum, y);
        }
    }

    /** Adds what broadcasts to x; the result may be x. */
    private static void add(DeviceRun run, DeviceTensor x, DeviceTensor other, long y) {
        run.kernels()
                .elementwise()
                .binary(
                        BinaryOp.ADD,
                        DataType.FP32,
                        x.address(),
                        other.address(),
                        y,
                        DeviceBroadcast.operands(x.shape(), x.shape(), other.shape()));
    }
}
