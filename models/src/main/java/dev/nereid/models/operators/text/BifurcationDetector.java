package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * com.microsoft.BifurcationDetector, of aggressive decoding: takes predicted tokens as long as they are those of the source,
 * and the first one that is not; and tells where in the source decoding may go on.
 *
 * <p>Inputs, of {@code INT64}: source: [n]; current tokens: [m]; the place in the source that the prediction begins at, one
 * number; predicted tokens, optional: [n + 1 - place]. Outputs: the current tokens and those that are taken; behind which
 * place in the source the last tokens of these come, as the third input: -1 where they are not there, or more than once.
 */
final class BifurcationDetector implements Operator {
    private static final int CURRENT = 1;
    private static final int PLACE = 2;
    private static final int PREDICTED = 3;

    /** How many of the last tokens are looked for in the source. */
    private record Grams(int shortest, int longest) {
        static Grams of(Attributes attributes) {
            long shortest = attributes.integer("min_ngram_size", 0);
            long longest = attributes.integer("max_ngram_size", 0);
            if (shortest < 1 || longest < shortest) {
                throw new ModelFormatException(
                        "attributes 'min_ngram_size' and 'max_ngram_size': expected positive numbers in order, got "
                                + shortest + " and " + longest);
            }
            return new Grams(Math.toIntExact(shortest), (int) Math.min(longest, Integer.MAX_VALUE - 1));
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        var _ = Grams.of(inference.attributes());
        return List.of(TensorType.of(DataType.INT64, List.of(inference.unknownDim())), inference.type(PLACE));
    }

    @Override
    public void lower(Lowering lowering) {
        Grams grams = Grams.of(lowering.attributes());
        lowering.step(run -> detect(run, grams));
    }

    private static void detect(StepRun run, Grams grams) {
        long[] source = vector(run, 0);
        long[] tokens = vector(run, CURRENT);
        if (run.input(PLACE).shape().elements() != 1) {
            throw new IllegalArgumentException(
                    "BifurcationDetector, input 2: expected one number, got a tensor of shape "
                            + run.input(PLACE).shape());
        }
        if (run.has(PREDICTED)) {
            tokens = withTaken(run, source, tokens);
        }
        if (run.wants(0)) {
            Tensor y = run.allocate(0, Shape.of(tokens.length));
            MemorySegment.copy(tokens, 0, y.segment(), ValueLayout.JAVA_LONG_UNALIGNED, 0, tokens.length);
        }
        if (run.wants(1)) {
            run.output(1).segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, suffix(source, tokens, grams));
        }
    }

    private static long[] vector(StepRun run, int input) {
        Shape shape = run.input(input).shape();
        if (shape.rank() != 1) {
            throw new IllegalArgumentException("BifurcationDetector, input " + input
                    + ": expected a vector of tokens, got a tensor of shape " + shape);
        }
        return IntegerTensors.read(run.input(input)).orElseThrow();
    }

    /** The tokens and those of the prediction up to the first one that is not the source's. */
    private static long[] withTaken(StepRun run, long[] source, long[] tokens) {
        long[] predicted = vector(run, PREDICTED);
        long place = IntegerTensors.read(run.input(PLACE)).orElseThrow()[0];
        if (place < 0 || place > source.length) {
            throw new IllegalArgumentException("BifurcationDetector, input 2: expected a place in a source of "
                    + source.length + " tokens, got " + place);
        }
        if (predicted.length != source.length + 1 - place) {
            throw new IllegalArgumentException("BifurcationDetector, input 3: expected " + (source.length + 1 - place)
                    + " tokens, got " + predicted.length);
        }
        int taken = 0;
        while (taken < predicted.length - 1 && predicted[taken] == source[(int) place + taken]) {
            taken++;
        }
        long[] all = Arrays.copyOf(tokens, Math.addExact(tokens.length, taken + 1));
        System.arraycopy(predicted, 0, all, tokens.length, taken + 1);
        return all;
    }

    /** Behind which place in the source the last tokens come, the more of them the better. */
    private static long suffix(long[] source, long[] tokens, Grams grams) {
        long found = -1;
        for (int length = grams.shortest(); length <= Math.min(grams.longest(), tokens.length); length++) {
            int first = find(source, 0, tokens, length);
            if (first < 0) {
                return found;
            }
            found = (long) first + length;
            if (found >= source.length) {
                return found;
            }
            if (find(source, first + 1, tokens, length) >= 0) {
                found = -1;
            }
        }
        return found;
    }

    /** Where in the source, from a place on, the last {@code length} tokens are; -1 if nowhere. */
    private static int find(long[] source, int from, long[] tokens, int length) {
        for (int at = from; at + length <= source.length; at++) {
            if (Arrays.equals(source, at, at + length, tokens, tokens.length - length, tokens.length)) {
                return at;
            }
        }
        return -1;
    }
}
