package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Types;
import java.util.Arrays;

/** What the operators on sequences have in common. */
final class Sequences {
    private Sequences() {}

    /** @throws ModelFormatException if the input is no sequence */
    static SequenceType type(Inference in, int input) {
        if (in.valueType(input) instanceof SequenceType sequence) {
            return sequence;
        }
        throw new ModelFormatException("input " + input + ": expected a sequence, got " + in.valueType(input));
    }

    /** The type of a value taken out of a sequence. */
    static ValueType taken(Inference in, ValueType element) {
        return element instanceof TensorType tensor ? Types.forgettingFormulas(tensor, in::unknownDim) : element;
    }

    /** @throws ModelFormatException if the input is there and is not one integer */
    static void requirePosition(Inference in, int input) {
        if (!in.has(input)) {
            return;
        }
        TensorType type = in.type(input);
        boolean single = type.shape().map(shape -> shape.elements() == 1).orElse(true);
        if (!DataTypes.INDICES.contains(type.dataType()) || !single) {
            throw new ModelFormatException("input " + input + ": expected one INT32 or INT64, got " + type);
        }
    }

    /**
     * A position among {@code count}, negative ones counted from the end.
     *
     * @throws IllegalArgumentException if there is no such position
     */
    static int position(StepRun run, int input, int count) {
        return position(run, input, count, count - 1);
    }

    /** As {@link #position(StepRun, int, int)}, or {@code count} itself: the place after the last one. */
    static int insertion(StepRun run, int input, int count) {
        return position(run, input, count, count);
    }

    private static int position(StepRun run, int input, int count, int last) {
        long[] numbers = IntegerTensors.read(run.input(input)).orElseThrow();
        if (numbers.length != 1 || numbers[0] < -count || numbers[0] > last) {
            throw new IllegalArgumentException(
                    "expected a position from " + -count + " to " + last + ", got " + Arrays.toString(numbers));
        }
        return (int) (numbers[0] < 0 ? numbers[0] + count : numbers[0]);
    }
}
