package dev.nereid.models.operators.nn;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.reduce.Extreme;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ONNX ArgMax and ArgMin: the index of the greatest or least number along an axis. */
record ArgExtreme(Extreme extreme) implements WideningOperator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(DataType.INT64));
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        int axis = axis(inference, x.rank());
        if (inference.attributes().integer("keepdims", 1) != 0) {
            dims.set(axis, Dim.of(1));
        } else {
            dims.remove(axis);
        }
        return List.of(TensorType.of(DataType.INT64, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean last = lowering.attributes().integer("select_last_index", 0) != 0;
        Reduction kernel = lowering.kernels()
                .reduce()
                .index(extreme, last, lowering.type(0).dataType());
        lowering.step(run -> {
            int rank = run.input(0).shape().rank();
            requireElements(
                    run.input(0).shape(), axis(lowering, rank), run.output(0).shape());
            boolean[] flags = Axes.flags(new long[] {axis(lowering, rank)}, rank);
            if (run.output(0).shape().elements() > 0) {
                Reductions.run(kernel, run, run.input(0), flags, run.output(0));
            }
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        DataType type = node.type(0).dataType();
        if (!abilities.findsExtremes(type)) {
            return Optional.empty();
        }
        boolean last = node.attributes().integer("select_last_index", 0) != 0;
        int axis = axis(node, node.type(0).rank());
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            Shape shape = run.input(0).shape();
            requireElements(shape, axis, run.output(0).shape());
            run.kernels()
                    .indexing()
                    .extreme(
                            extreme,
                            last,
                            type,
                            run.input(0).address(),
                            run.output(0).address(),
                            Math.toIntExact(shape.elements(0, axis)),
                            Math.toIntExact(shape.dim(axis)),
                            Math.toIntExact(shape.elements(axis + 1, shape.rank())));
        }));
    }

    private static void requireElements(Shape x, int axis, Shape y) {
        if (x.dim(axis) == 0 && y.elements() > 0) {
            throw new IllegalArgumentException("no element of an empty axis of " + x + " is the greatest or least");
        }
    }

    private static int axis(Inference inference, int rank) {
        return Axes.of(inference.attributes().integer("axis", 0), rank);
    }
}
