package dev.nereid.models.operators.training;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX SoftmaxCrossEntropyLoss: the {@link ClassLoss} of the softmax of x along its classes, and on demand the logarithm
 * of that softmax.
 *
 * <p>log_prob: the shape of x.
 */
final class SoftmaxCrossEntropyLoss implements Operator {
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(ClassLoss.of(inference.attributes()).type(inference), inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ClassLoss loss = ClassLoss.of(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            MemorySegment divisors = logDivisors(run, x);
            loss.run(run, (index, position) -> ScalarElements.real(x, index) - divisors.get(DOUBLE, 8 * position));
            if (run.wants(1)) {
                writeLogarithms(x, divisors, run.output(1));
            }
        });
    }

    /** The logarithm of the softmax's divisor at each position: [batch, d...]. */
    private static MemorySegment logDivisors(StepRun run, Tensor x) {
        Shape shape = x.shape();
        long classes = shape.dim(1);
        long inner = shape.elements(2, shape.rank());
        long positions = shape.dim(0) * inner;
        MemorySegment divisors = run.scratch(8 * positions);
        for (long position = 0; position < positions; position++) {
            long first = position / inner * classes * inner + position % inner;
            double highest = Double.NEGATIVE_INFINITY;
            for (long c = 0; c < classes; c++) {
                highest = Math.max(highest, ScalarElements.real(x, first + c * inner));
            }
            double sum = 0;
            for (long c = 0; c < classes; c++) {
                sum += Math.exp(ScalarElements.real(x, first + c * inner) - highest);
            }
            divisors.set(DOUBLE, 8 * position, highest + Math.log(sum));
        }
        return divisors;
    }

    private static void writeLogarithms(Tensor x, MemorySegment divisors, Tensor y) {
        Shape shape = x.shape();
        long inner = shape.elements(2, shape.rank());
        long item = shape.dim(1) * inner;
        for (long i = 0; i < shape.elements(); i++) {
            long position = i / item * inner + i % inner;
            ScalarElements.setReal(y, i, ScalarElements.real(x, i) - divisors.get(DOUBLE, 8 * position));
        }
    }
}
