package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The integer sums of a product as floats: {@code (float) sum * multiplier[column] + bias[column]}. */
final class SumScaling {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private final MemorySegment multipliers;
    private final Optional<MemorySegment> bias;
    private final int columns;

    private SumScaling(MemorySegment multipliers, Optional<MemorySegment> bias, int columns) {
        this.multipliers = multipliers;
        this.bias = bias;
        this.columns = columns;
    }

    /**
     * Reads the scales, one for the left operand and one for all of the right one or one a column, and the bias.
     *
     * @param bias an input that may be left out: [columns]
     */
    static SumScaling of(
            StepRun run, QuantizationKernels kernels, int leftScale, int rightScale, int bias, int columns) {
        float left = QuantizationInputs.single(run, leftScale, kernels).get(FLOAT, 0);
        return of(run, kernels, left, rightScale, bias, columns);
    }

    /** As above, with the left operand's scale itself. */
    static SumScaling of(StepRun run, QuantizationKernels kernels, float left, int rightScale, int bias, int columns) {
        MemorySegment multipliers = columnMultipliers(run, kernels, left, rightScale, columns);
        if (run.has(bias) && run.input(bias).shape().elements() != columns) {
            throw new IllegalArgumentException("input " + bias + ": expected a bias for each of " + columns
                    + " columns, got shape " + run.input(bias).shape());
        }
        return new SumScaling(
                multipliers, run.has(bias) ? Optional.of(run.input(bias).segment()) : Optional.empty(), columns);
    }

    /** {@code left} times the scale of each column of the right operand, in scratch memory. */
    static MemorySegment columnMultipliers(
            StepRun run, QuantizationKernels kernels, float left, int rightScale, int columns) {
        Shape shape = run.input(rightScale).shape();
        if (shape.elements() != 1 && shape.elements() != columns) {
            throw new IllegalArgumentException("input " + rightScale + ": expected one scale or one for each of "
                    + columns + " columns, got shape " + shape);
        }
        MemorySegment right = QuantizationInputs.floats(run, rightScale, kernels);
        MemorySegment multipliers = run.scratch(4L * columns);
        for (int j = 0; j < columns; j++) {
            multipliers.set(FLOAT, 4L * j, left * right.get(FLOAT, shape.elements() == 1 ? 0 : 4L * j));
        }
        return multipliers;
    }

    /** The same within a product of integers. */
    ProductScaling inProduct() {
        return new ProductScaling(multipliers, bias);
    }

    /**
     * Scales rows.
     *
     * @param sums int32 [rows, columns]
     * @param y float32 [rows, columns]; may be the memory of the sums
     */
    void apply(long rows, MemorySegment sums, MemorySegment y) {
        for (long row = 0; row < rows; row++) {
            long at = 4 * row * columns;
            for (int j = 0; j < columns; j++) {
                float value = sums.get(INT, at + 4L * j) * multipliers.get(FLOAT, 4L * j);
                y.set(
                        FLOAT,
                        at + 4L * j,
                        bias.isEmpty() ? value : value + bias.get().get(FLOAT, 4L * j));
            }
        }
    }
}
