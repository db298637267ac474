package dev.nereid.models.operators.nn;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.CumulativeKernel;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** ONNX CumSum and CumProd: running totals along the axis that input 1 names. */
record Cumulative(Accumulation accumulation) implements WideningOperator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        CumulativeKernel kernel = lowering.kernels().reduce().cumulative(accumulation, type);
        boolean exclusive = lowering.attributes().integer("exclusive", 0) != 0;
        boolean reverse = lowering.attributes().integer("reverse", 0) != 0;
        long bytes = type.bytes();
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Shape shape = x.shape();
            int axis = Axes.of(Axes.read(run, 1)[0], shape.rank());
            int length = Math.toIntExact(shape.dim(axis));
            int inner = Math.toIntExact(shape.elements(axis + 1, shape.rank()));
            long block = (long) length * inner;
            Parallel.rows(
                    run.workers(),
                    shape.elements(0, axis),
                    block,
                    type,
                    (from, rows) -> kernel.run(
                            x.segment(),
                            bytes * from * block,
                            y.segment(),
                            bytes * from * block,
                            rows,
                            length,
                            inner,
                            exclusive,
                            reverse));
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        DataType type = node.type(0).dataType();
        Optional<long[]> axes = Axes.given(node, 1);
        if (axes.isEmpty() || axes.get().length != 1 || !abilities.has(accumulation, type)) {
            return Optional.empty();
        }
        int axis = Axes.of(axes.get()[0], node.type(0).rank());
        boolean exclusive = node.attributes().integer("exclusive", 0) != 0;
        boolean reverse = node.attributes().integer("reverse", 0) != 0;
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            DeviceTensor x = run.input(0);
            Shape shape = x.shape();
            run.kernels()
                    .totals()
                    .accumulate(
                            accumulation,
                            type,
                            exclusive,
                            reverse,
                            x.address(),
                            run.output(0).address(),
                            Math.toIntExact(shape.elements(0, axis)),
                            Math.toIntExact(shape.dim(axis)),
                            Math.toIntExact(shape.elements(axis + 1, shape.rank())));
        }));
    }
}
