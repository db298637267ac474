package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ComputeElements;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * com.microsoft.BiasSplitGelu: of {@code x + bias} the left half of each row times Gelu of the right half.
 *
 * <p>Inputs: x: [..., 2 * size]; bias: [2 * size]. Output: y: [..., size].
 */
final class BiasSplitGelu implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (x.rank() == 0 || (x.dim(-1).isKnown() && x.dim(-1).value() % 2 != 0)) {
            throw new ModelFormatException("input 0: expected rows of an even length, got " + x);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(dims.size() - 1, x.dim(-1).floorDivide(Dim.of(2)));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0, 1);
        UnaryKernel gelu = lowering.kernels().elementwise().unary(UnaryOp.GELU, precision.type());
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            int width = Math.toIntExact(shape.dim(-1));
            if (width % 2 != 0 || run.input(1).shape().elements() != width) {
                throw new IllegalArgumentException("expected rows of an even length and a bias of the same, got "
                        + shape + " and " + run.input(1).shape());
            }
            DataType type = precision.type();
            MemorySegment x = precision.read(run, run.input(0));
            MemorySegment bias = precision.read(run, run.input(1));
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            int half = width / 2;
            long elements = y.shape().elements();
            for (long i = 0; i < elements; i++) {
                long right = i / half * width + half + i % half;
                double gate = ComputeElements.get(x, type, right) + ComputeElements.get(bias, type, half + i % half);
                ComputeElements.set(computed, type, i, gate);
            }
            Activations.apply(gelu, 0, 0, Tensor.of(type, y.shape(), computed), run.workers());
            for (long i = 0; i < elements; i++) {
                double left = ComputeElements.get(x, type, i / half * width + i % half)
                        + ComputeElements.get(bias, type, i % half);
                ComputeElements.set(computed, type, i, left * ComputeElements.get(computed, type, i));
            }
            precision.write(run, computed, y);
        });
    }
}
