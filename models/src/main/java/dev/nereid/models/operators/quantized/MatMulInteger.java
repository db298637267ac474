package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import java.util.List;

/**
 * ONNX MatMulInteger: {@code (A - a_zero_point) * (B - b_zero_point)} in int32, with a zero point for all of an operand
 * or for each row of A and column of B.
 */
public final class MatMulInteger implements Operator {
    public static final IntegerProduct.Inputs INPUTS = new IntegerProduct.Inputs(0, 2, 1, 3);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(IntegerProduct.outputType(inference, INPUTS, DataType.INT32));
    }

    @Override
    public void lower(Lowering lowering) {
        IntegerProduct product = IntegerProduct.of(lowering, INPUTS);
        int[] read = product.isPacked() ? new int[] {0, 2, 3} : new int[] {0, 1, 2, 3};
        lowering.stepReading(
                read, run -> product.run(run, product.shape(run), run.output(0).segment()));
    }
}
