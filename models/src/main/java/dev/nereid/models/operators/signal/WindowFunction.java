package dev.nereid.models.operators.signal;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * Window functions: ONNX BlackmanWindow, HammingWindow and HannWindow: {@code constant - first * cos(2 pi n / period) +
 * second * cos(4 pi n / period)} for n in [0, size), the period being the size or, if symmetric, one less.
 *
 * <p>size: a scalar; y: [size].
 */
record WindowFunction(double constant, double first, double second) implements Operator {
    static final WindowFunction BLACKMAN = new WindowFunction(0.42, 0.5, 0.08);
    static final WindowFunction HAMMING = new WindowFunction(25.0 / 46, 21.0 / 46, 0);
    static final WindowFunction HANN = new WindowFunction(0.5, 0.5, 0);

    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType type = OnnxTypes.dataType(in.attributes().integer("output_datatype", 1));
        SignalOperators.requireNumber(type, "output_datatype");
        Dim size = SignalScalars.content(in, 0).orElseGet(in::unknownDim);
        if (size.isKnown()) {
            SignalScalars.atLeast(0, size.value(), "size");
        }
        return List.of(TensorType.of(type, List.of(size)));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        boolean periodic = lowering.attributes().integer("periodic", 1) != 0;
        lowering.step(run -> {
            Tensor y = run.output(0);
            int size = Math.toIntExact(y.shape().elements());
            Samples samples = Samples.target(run, y);
            for (int n = 0; n < size; n++) {
                samples.set(n, size == 1 ? 1 : at(2 * Math.PI * n / (periodic ? size : size - 1)));
            }
            samples.store(run, kernels, y);
        });
    }

    private double at(double angle) {
        return constant - first * Math.cos(angle) + second * Math.cos(2 * angle);
    }
}
