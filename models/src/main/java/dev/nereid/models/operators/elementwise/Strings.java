package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** Walks over strings that broadcast, one element at a time. */
public final class Strings {
    /** What happens to one element. */
    @FunctionalInterface
    public interface Element {
        void run(int[] operands, int result);
    }

    private Strings() {}

    /** Visits every element of the result, in order, with the indices of the operands' elements. */
    public static void forEach(Shape result, List<Tensor> operands, Element element) {
        BroadcastLoop loop =
                BroadcastLoop.of(result, operands.stream().map(Tensor::shape).toArray(Shape[]::new));
        int[] at = new int[operands.size()];
        loop.forEach(Workers.single(), Long.MAX_VALUE, (from, to, length) -> {
            for (int i = 0; i < length; i++) {
                for (int operand = 0; operand < at.length; operand++) {
                    at[operand] = (int) from[operand] + i * loop.step(operand);
                }
                element.run(at, (int) to + i);
            }
        });
    }
}
