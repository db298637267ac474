package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;

/** Numbers at equal distances. */
final class NumberRanges {
    /** Longer constants are not made. */
    static final long MOST_NUMBERS = 1 << 20;

    private NumberRanges() {}

    /** Numbers from a start on, below an end, or above it where the step is negative. */
    static Value range(AtenGraph graph, Argument start, Argument end, Argument step, Optional<DataType> asked) {
        boolean whole = List.of(start, end, step).stream().allMatch(NumberRanges::isWhole);
        DataType type = asked.orElse(whole ? DataType.INT64 : DataType.FP32);
        if (whole) {
            return graph.cast(integers(graph, start, end, step), type);
        }
        double from = real(start);
        double by = real(step);
        double length = Math.ceil((real(end) - from) / by);
        if (by == 0 || !(length >= 0 && length <= MOST_NUMBERS)) {
            throw new ModelFormatException("from " + from + " to " + real(end) + " by " + by + " are no numbers");
        }
        return reals(graph, (long) length, type, i -> from + by * i);
    }

    private static Value integers(AtenGraph graph, Argument start, Argument end, Argument step) {
        SizeArithmetic sizes = new SizeArithmetic(graph);
        Optional<Long> from = SizeArithmetic.known(start);
        Optional<Long> until = SizeArithmetic.known(end);
        Optional<Long> by = SizeArithmetic.known(step);
        if (by.filter(number -> number == 0).isPresent()) {
            throw new ModelFormatException("numbers at a distance of 0");
        }
        if (from.isPresent() && until.isPresent() && by.isPresent()) {
            long length = Math.max(0, Math.ceilDiv(until.get() - from.get(), by.get()));
            if (length <= MOST_NUMBERS) {
                long[] numbers = new long[(int) length];
                java.util.Arrays.setAll(numbers, i -> from.get() + by.get() * i);
                return graph.integers(numbers);
            }
        }
        return graph.node("Range", sizes.scalar(start), sizes.scalar(end), sizes.scalar(step));
    }

    /** Numbers from a start to an end, both of which are there; the second half is counted from the end. */
    static Value linear(AtenGraph graph, double start, double end, long steps, DataType type) {
        if (steps < 0 || steps > MOST_NUMBERS) {
            throw new ModelFormatException(steps + " numbers, expected from 0 to " + MOST_NUMBERS);
        }
        double step = steps == 1 ? 0 : (end - start) / (steps - 1);
        return reals(
                graph, steps, type, i -> i < steps / 2 || steps == 1 ? start + step * i : end - step * (steps - 1 - i));
    }

    private static Value reals(AtenGraph graph, long length, DataType type, LongToDoubleFunction number) {
        Tensor tensor = graph.newTensor(DataType.FP64, Shape.of(length));
        MemorySegment memory = tensor.segment();
        for (long i = 0; i < length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, number.applyAsDouble(i));
        }
        return graph.cast(graph.constant("numbers", tensor), type);
    }

    private static boolean isWhole(Argument argument) {
        return argument instanceof Argument.OfSymbolicInteger
                || SizeArithmetic.known(argument).isPresent();
    }

    private static double real(Argument argument) {
        return switch (argument) {
            case Argument.OfReal(double number) -> number;
            case Argument.OfInteger(long number) -> number;
            default ->
                throw new ModelFormatException(
                        "expected a number that is known when the model is loaded, got " + argument.kind());
        };
    }
}
