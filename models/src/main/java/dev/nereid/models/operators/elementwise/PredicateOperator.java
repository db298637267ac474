package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.PredicateOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX IsNaN and IsInf: whether each number has a property. */
record PredicateOperator(PredicateOp op) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        DatatypeChecks.require(type.isFloat(), inference, type);
        return List.of(inference.type(0).withDataType(DataType.BOOL));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        UnaryKernel kernel = lowering.kernels().elementwise().test(op, type);
        double positive = lowering.attributes().integer("detect_positive", 1);
        double negative = lowering.attributes().integer("detect_negative", 1);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Parallel.elements(
                    run.workers(),
                    x.shape().elements(),
                    type,
                    (from, length) -> kernel.run(
                            x.segment(), type.bytes() * from, y.segment(), from, length, positive, negative));
        });
    }
}
