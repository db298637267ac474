package dev.nereid.models.operators.ml;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** ONNX Binarizer: 1 where an element is greater than {@code threshold}, else 0; y has the type and shape of x. */
final class Binarizer implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        float threshold = lowering.attributes().real("threshold", 0f);
        lowering.step(run -> {
            if (run.input(0).dataType().isFloat()) {
                binarizeReals(run.input(0), run.output(0), threshold);
            } else {
                binarizeIntegers(run.input(0), run.output(0), threshold);
            }
        });
    }

    private static void binarizeReals(Tensor x, Tensor y, float threshold) {
        for (long i = 0; i < x.shape().elements(); i++) {
            RealNumbers.set(y, i, RealNumbers.at(x, i) > threshold ? 1 : 0);
        }
    }

    private static void binarizeIntegers(Tensor x, Tensor y, float threshold) {
        long[] elements = IntegerTensors.read(x).orElseThrow();
        for (int i = 0; i < elements.length; i++) {
            int bit = elements[i] > threshold ? 1 : 0;
            if (y.dataType() == DataType.INT32) {
                y.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, bit);
            } else {
                y.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, bit);
            }
        }
    }
}
