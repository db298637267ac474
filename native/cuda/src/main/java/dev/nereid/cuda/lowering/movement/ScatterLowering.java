package dev.nereid.cuda.lowering.movement;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceStepKernel;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.movement.AxisArguments;
import dev.nereid.models.operators.movement.Scatter;
import dev.nereid.models.operators.movement.ScatterReduction;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** {@link Scatter} on a device. */
final class ScatterLowering implements DeviceLowering<Scatter> {
    @Override
    public Optional<DeviceStep> step(Scatter operator, Inference node, DeviceCapabilities capabilities) {
        DataType type = node.type(0).dataType();
        Optional<BinaryOp> reduction =
                ScatterReduction.of(node.attributes().text("reduction", "none")).binary();
        int rank = node.type(0).rank();
        boolean fits = capabilities.scatters(reduction, type, node.type(1).dataType())
                && capabilities.moves(type.bytes())
                && (operator.vectors() ? GatherNDLowering.fits(node) : rank > 0 && rank <= BroadcastStrides.MOST_DIMS);
        if (!fits) {
            return Optional.empty();
        }
        if (operator.vectors()) {
            return Optional.of(step(
                    reduction,
                    run -> run.kernels()
                            .indexing()
                            .scatterBytes(places(run).vectors(), blocks(run.input(0), places(run))),
                    run -> scatterBlocks(run, reduction)));
        }
        int axis = AxisArguments.of(node.attributes().integer("axis", 0), rank);
        return Optional.of(step(
                reduction,
                run -> run.kernels()
                        .indexing()
                        .scatterBytes(run.input(1).length(), run.input(0).length()),
                run -> scatterElements(run, reduction, axis)));
    }

    /** A step behind which y is x with the updates. */
    private static DeviceStep step(
            Optional<BinaryOp> reduction, ToLongFunction<DeviceRun> scratchBytes, DeviceStepKernel scatter) {
        List<Integer> reads = List.of(0, 1, 2);
        DeviceStepKernel kernel = run -> {
            DeviceTensor x = run.input(0);
            long[] one = {1};
            DeviceMoves.copy(run, new long[] {x.length()}, x, 0, one, run.output(0), 0, one);
            scatter.run(run);
        };
        return reduction.isEmpty()
                ? DeviceStep.moving(reads, scratchBytes, kernel)
                : DeviceStep.computing(reads, scratchBytes, kernel);
    }

    private static void scatterElements(DeviceRun run, Optional<BinaryOp> reduction, int axis) {
        DeviceTensor y = run.output(0);
        DeviceIndexing.Elements elements = GatherElementsLowering.elements(run.input(1), y.shape(), axis);
        Scatter.requireFit(
                run.input(2).shape(), run.input(1).shape(), 1, elements.layout().length());
        run.kernels()
                .indexing()
                .scatterElements(
                        reduction,
                        y.dataType(),
                        elements,
                        run.input(2).address(),
                        y.address(),
                        y.length(),
                        run.scratch());
    }

    private static void scatterBlocks(DeviceRun run, Optional<BinaryOp> reduction) {
        DeviceTensor y = run.output(0);
        DeviceIndexing.Vectors places = places(run);
        long block = y.shape().elements(places.extents().length, y.shape().rank());
        Scatter.requireFit(run.input(2).shape(), run.input(1).shape(), block, places.vectors());
        run.kernels()
                .indexing()
                .scatterBlocks(
                        reduction,
                        y.dataType(),
                        places,
                        run.input(2).address(),
                        y.address(),
                        blocks(y, places),
                        Math.toIntExact(block),
                        run.scratch());
    }

    private static DeviceIndexing.Vectors places(DeviceRun run) {
        return GatherNDLowering.vectors(run.input(1), run.input(0).shape(), 0);
    }

    /** Blocks of a tensor that index vectors may name. */
    private static int blocks(DeviceTensor tensor, DeviceIndexing.Vectors places) {
        return Math.toIntExact(tensor.shape().elements(0, places.extents().length));
    }
}
