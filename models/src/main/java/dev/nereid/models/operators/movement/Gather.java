package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DeviceOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ONNX Gather: the slices of x that the indices name along {@code axis}; the indices' dims take the axis' place. */
final class Gather implements DeviceOperator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        TensorType indices = in.type(1);
        if (!x.hasRank() || !indices.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        int axis = axis(in, x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow().subList(0, axis));
        dims.addAll(indices.dims().orElseThrow());
        dims.addAll(x.dims().orElseThrow().subList(axis + 1, x.rank()));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        Inference in = lowering;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor indices = run.input(1);
            int rank = x.shape().rank();
            int axis = axis(in, rank);
            long extent = x.shape().dim(axis);
            elements.gather(
                    x.shape().elements(axis + 1, rank),
                    x.shape().elements(0, axis),
                    extent,
                    indices.shape().elements(),
                    x,
                    Elements.normalized(run, indices, extent),
                    run.output(0),
                    run.workers());
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        int bytes = node.type(0).dataType().bytes();
        DataType indexType = node.type(1).dataType();
        if (!abilities.gathers(bytes, indexType)) {
            return Optional.empty();
        }
        int axis = axis(node, node.type(0).rank());
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            DeviceTensor indices = run.input(1);
            int rank = x.shape().rank();
            run.kernels()
                    .indexing()
                    .gather(
                            bytes,
                            indexType,
                            x.address(),
                            indices.address(),
                            run.output(0).address(),
                            Math.toIntExact(x.shape().elements(0, axis)),
                            Math.toIntExact(x.shape().dim(axis)),
                            indices.length(),
                            Math.toIntExact(x.shape().elements(axis + 1, rank)));
        }));
    }

    private static int axis(Inference in, int rank) {
        return Axes.of(in.attributes().integer("axis", 0), rank);
    }
}
