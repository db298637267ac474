package dev.nereid.models.operators.text;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Broadcasting;
import dev.nereid.models.operators.elementwise.Strings;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** ONNX StringConcat: the strings of two tensors that broadcast, one after the other. */
final class StringConcat implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        return List.of(Broadcasting.type(DataType.STRING, List.of(in.type(0), in.type(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.input(1);
            Tensor z = run.output(0);
            Strings.forEach(z.shape(), List.of(x, y), (at, to) -> {
                byte[] left = x.strings()[at[0]];
                byte[] right = y.strings()[at[1]];
                byte[] both = Arrays.copyOf(left, left.length + right.length);
                System.arraycopy(right, 0, both, left.length, right.length);
                z.strings()[to] = both;
            });
        });
    }
}
