package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.linear.Gemm;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@link Gemm} on a device. */
final class GemmLowering implements DeviceLowering<Gemm> {
    @Override
    public Optional<DeviceStep> step(Gemm operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        if (!DeviceProducts.multiplies(type)) {
            return Optional.empty();
        }
        Gemm.Settings settings = Gemm.Settings.of(node.attributes());
        Optional<Tensor> turned = settings.transposeB() && DataTypes.HALVES.contains(type)
                ? node.constant(1).filter(b -> b.shape().rank() == 2)
                : Optional.empty();
        return Optional.of(
                turned.isPresent() ? onDevice(node, settings.withColumns(), turned.get()) : onDevice(node, settings));
    }

    private static DeviceStep onDevice(Inference node, Gemm.Settings settings) {
        return step(node, List.of(0, 1, 2), settings, run -> run.input(1));
    }

    /** Tensor cores want the columns of weights side by side, so they are transposed when the model is loaded. */
    private static DeviceStep onDevice(Inference node, Gemm.Settings settings, Tensor weights) {
        Shape shape = Shape.of(weights.shape().dim(1), weights.shape().dim(0));
        DataType type = weights.dataType();
        return step(node, List.of(0, 2), settings, run -> new DeviceTensor(type, shape, run.constant(0)))
                .withConstants(memory -> List.of(transposed(weights, memory)));
    }

    private static DeviceStep step(
            Inference node, List<Integer> inputs, Gemm.Settings settings, Function<DeviceRun, DeviceTensor> b) {
        DataType type = node.type(0).dataType();
        return DeviceStep.computing(
                inputs.stream().filter(node::has).toList(),
                run -> DeviceProducts.scratchBytes(run, type, product(run, settings, b.apply(run))),
                run -> DeviceProducts.multiply(
                        run,
                        type,
                        product(run, settings, b.apply(run)),
                        run.input(0).address(),
                        b.apply(run).address()));
    }

    /** A matrix of 16 bits whose rows have become columns. */
    private static MemorySegment transposed(Tensor matrix, SegmentAllocator memory) {
        long rows = matrix.shape().dim(0);
        long columns = matrix.shape().dim(1);
        MemorySegment turned = memory.allocate(ValueLayout.JAVA_SHORT, rows * columns);
        for (long row = 0; row < rows; row++) {
            for (long column = 0; column < columns; column++) {
                short bits =
                        matrix.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, (row * columns + column) * Short.BYTES);
                turned.setAtIndex(ValueLayout.JAVA_SHORT, column * rows + row, bits);
            }
        }
        return turned;
    }

    private static DeviceProduct product(DeviceRun run, Gemm.Settings settings, DeviceTensor b) {
        Shape y = run.output(0).shape();
        long[] strides = run.has(2) ? Gemm.addendStrides(run.input(2).shape(), y.dim(0), y.dim(1)) : new long[2];
        return DeviceProducts.general(
                run.input(0),
                settings.transposeA(),
                b,
                settings.transposeB(),
                settings.alpha(),
                settings.beta(),
                run.has(2) ? run.input(2).address() : 0,
                Math.toIntExact(strides[0]),
                Math.toIntExact(strides[1]));
    }
}
