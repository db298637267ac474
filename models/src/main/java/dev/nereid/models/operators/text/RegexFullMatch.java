package dev.nereid.models.operators.text;

import com.google.re2j.Pattern;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** ONNX RegexFullMatch: whether all of each string matches the attribute {@code pattern}. */
final class RegexFullMatch implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        if (!in.attributes().has("pattern")) {
            throw new ModelFormatException("attribute 'pattern' is missing");
        }
        return List.of(in.type(0).withDataType(DataType.BOOL));
    }

    @Override
    public void lower(Lowering lowering) {
        Pattern pattern = Texts.pattern("pattern", lowering.attributes().text("pattern", ""), 0);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            for (int i = 0; i < x.shape().elements(); i++) {
                boolean matches = pattern.matcher(x.strings()[i]).matches();
                y.segment().set(ValueLayout.JAVA_BYTE, i, matches ? (byte) 1 : 0);
            }
        });
    }
}
