package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.CumulativeKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX CumSum and CumProd: running totals along the axis that input 1 names. */
public record Cumulative(Accumulation accumulation) implements Operator {
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
            int axis = OperatorAxes.of(OperatorAxes.read(run, 1)[0], shape.rank());
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
}
