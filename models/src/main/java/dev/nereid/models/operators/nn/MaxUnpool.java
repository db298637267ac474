package dev.nereid.models.operators.nn;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX MaxUnpool: puts each number back to where MaxPool found it, among zeros.
 *
 * <p>x and indices: [batch, channels, pooled...]; output_shape, optional: [rank]; y: [batch, channels, spatial...]. The
 * indices number the cells of the tensor that the attributes imply, also where output_shape asks for a larger one.
 */
final class MaxUnpool implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (inference.has(2)) {
            Optional<List<Dim>> content = inference.content(2);
            List<Dim> unknown = new ArrayList<>();
            for (int axis = 0; axis < x.rank(); axis++) {
                unknown.add(inference.unknownDim());
            }
            return List.of(TensorType.of(x.dataType(), content.orElse(unknown)));
        }
        return List.of(TensorType.of(
                x.dataType(), implied(inference.attributes(), x.dims().orElseThrow())));
    }

    private static List<Dim> implied(Attributes attributes, List<Dim> x) {
        int rank = x.size() - 2;
        long[] kernel = attributes
                .integers("kernel_shape")
                .orElseThrow(() -> new ModelFormatException("attribute 'kernel_shape' is missing"));
        Optional<long[]> strides = attributes.integers("strides");
        Optional<long[]> pads = attributes.integers("pads");
        List<Dim> dims = new ArrayList<>(x.subList(0, 2));
        for (int axis = 0; axis < rank; axis++) {
            long stride = strides.isPresent() ? strides.get()[axis] : 1;
            long padding = pads.isPresent() ? pads.get()[axis] + pads.get()[axis + rank] : 0;
            dims.add(x.get(axis + 2).plus(-1).times(stride).plus(kernel[axis] - padding));
        }
        return dims;
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        LayoutKernels kernels = lowering.kernels().layout();
        lowering.step(run -> unpool(attributes, run, kernels));
    }

    private static void unpool(Attributes attributes, StepRun run, LayoutKernels kernels) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        List<Dim> dims = implied(
                attributes, TensorType.of(x.dataType(), x.shape()).dims().orElseThrow());
        Shape implied = Shape.of(dims.stream().mapToLong(Dim::value).toArray());
        long[] strides = y.shape().strides();
        int bytes = x.dataType().bytes();
        MemorySegment cells = y.segment().asSlice(0, y.byteSize());
        cells.fill((byte) 0);
        if (implied.equals(y.shape())) {
            kernels.scatter(
                    bytes, x.shape().elements(), x.segment(), run.input(1).segment(), cells);
            return;
        }
        long[] indices = IntegerTensors.read(run.input(1)).orElseThrow();
        for (int i = 0; i < indices.length; i++) {
            long rest = indices[i];
            long target = 0;
            for (int axis = implied.rank() - 1; axis >= 0; axis--) {
                target += rest % implied.dim(axis) * strides[axis];
                rest /= implied.dim(axis);
            }
            MemorySegment.copy(x.segment(), (long) i * bytes, y.segment(), target * bytes, bytes);
        }
    }
}
