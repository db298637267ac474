package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.DeviceIndexing;
import dev.nereid.kernels.device.Strides;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.ScatterKernel;
import dev.nereid.models.device.lowering.DeviceRun;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceStepKernel;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * ONNX Scatter, ScatterElements and ScatterND: x with the updates put, added, multiplied, ... in at the positions that
 * the indices name, in order.
 */
final class Scatter implements WideningOperator {
    /** One index an update element, along an axis. */
    static final Operator ELEMENTS = new Scatter(false);
    /** One index vector an update block. */
    static final Operator ND = new Scatter(true);

    private final boolean vectors;

    private Scatter(boolean vectors) {
        this.vectors = vectors;
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        Reduction reduction = Reduction.of(lowering.attributes().text("reduction", "none"));
        long axis = lowering.attributes().integer("axis", 0);
        Optional<ScatterKernel> kernel = reduction
                .accumulation()
                .map(function -> lowering.kernels()
                        .reduce()
                        .scatter(function, lowering.type(0).dataType()));
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            elements.copyAll(run.input(0), run.output(0), run.workers());
            if (vectors) {
                int length = (int) run.input(1).shape().dim(-1);
                MemorySegment positions = GatherND.positions(run, run.input(1), shape, 0);
                put(run, positions, shape.elements(length, shape.rank()), kernel, elements);
            } else {
                int normal = Axes.of(axis, shape.rank());
                put(run, GatherElements.positions(run, run.input(1), shape, normal), 1, kernel, elements);
            }
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        DataType type = node.type(0).dataType();
        Optional<BinaryOp> reduction =
                Reduction.of(node.attributes().text("reduction", "none")).onDevice();
        int rank = node.type(0).rank();
        boolean fits = abilities.scatters(reduction, type, node.type(1).dataType())
                && abilities.moves(type.bytes())
                && (vectors ? GatherND.fits(node) : rank > 0 && rank <= Strides.MOST_DIMS);
        if (!fits) {
            return Optional.empty();
        }
        if (vectors) {
            return Optional.of(onDevice(
                    reduction,
                    run -> run.kernels()
                            .indexing()
                            .scatterBytes(places(run).vectors(), blocks(run.input(0), places(run))),
                    run -> scatterBlocks(run, reduction)));
        }
        int axis = Axes.of(node.attributes().integer("axis", 0), rank);
        return Optional.of(onDevice(
                reduction,
                run -> run.kernels()
                        .indexing()
                        .scatterBytes(run.input(1).length(), run.input(0).length()),
                run -> scatterElements(run, reduction, axis)));
    }

    /** A step behind which y is x with the updates. */
    private static DeviceStep onDevice(
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
        DeviceIndexing.Elements elements = GatherElements.elements(run.input(1), y.shape(), axis);
        requireFit(
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
        requireFit(run.input(2).shape(), run.input(1).shape(), block, places.vectors());
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
        return GatherND.vectors(run.input(1), run.input(0).shape(), 0);
    }

    /** Blocks of a tensor that index vectors may name. */
    private static int blocks(DeviceTensor tensor, DeviceIndexing.Vectors places) {
        return Math.toIntExact(tensor.shape().elements(0, places.extents().length));
    }

    private static void requireFit(Shape updates, Shape indices, long block, long count) {
        if (updates.elements() != block * count) {
            throw new IllegalArgumentException(
                    "updates of the shape " + updates + " do not fit indices of the shape " + indices);
        }
    }

    private static void put(
            StepRun run, MemorySegment positions, long block, Optional<ScatterKernel> kernel, Elements elements) {
        Tensor updates = run.input(2);
        Tensor y = run.output(0);
        long count = block == 0 ? 0 : updates.shape().elements() / block;
        requireFit(updates.shape(), run.input(1).shape(), block, block == 0 ? 0 : positions.byteSize() / 8);
        if (kernel.isEmpty()) {
            elements.scatter(block, count, updates, positions, y);
        } else {
            kernel.get().run(block, count, updates.segment(), positions, y.segment());
        }
    }
}
