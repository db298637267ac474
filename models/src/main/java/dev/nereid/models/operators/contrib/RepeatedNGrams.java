package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * com.microsoft.NGramRepeatBlock: scores of the next token without those that would repeat {@code ngram_size} tokens of an
 * item, which become minus infinity.
 *
 * <p>Inputs: ids: [batch, tokens]; scores: [batch, vocabulary]. Output: as scores.
 */
final class RepeatedNGrams implements Operator {
    private static final int SCORES = 1;

    private static int size(Inference inference) {
        long size = inference.attributes().integer("ngram_size", 0);
        if (size < 1) {
            throw new ModelFormatException("attribute 'ngram_size': expected a positive number, got " + size);
        }
        return Math.toIntExact(size);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        var _ = size(inference);
        return List.of(inference.type(SCORES));
    }

    @Override
    public void lower(Lowering lowering) {
        int size = size(lowering);
        lowering.step(run -> run(run, size));
    }

    private static void run(StepRun run, int size) {
        Shape ids = run.input(0).shape();
        Tensor scores = run.input(SCORES);
        Tensor y = run.output(0);
        if (ids.rank() != 2
                || scores.shape().rank() != 2
                || ids.dim(0) != scores.shape().dim(0)) {
            throw new IllegalArgumentException(
                    "expected ids [batch,tokens] and scores [batch,vocabulary], got " + ids + " and " + scores.shape());
        }
        MemorySegment.copy(scores.segment(), 0, y.segment(), 0, scores.byteSize());
        long[] tokens = IntegerTensors.read(run.input(0)).orElseThrow();
        int length = Math.toIntExact(ids.dim(1));
        long vocabulary = scores.shape().dim(1);
        for (int item = 0; item < ids.dim(0); item++) {
            for (int first = 0; first + size <= length; first++) {
                if (repeats(tokens, item * length, first, length, size)) {
                    long next = tokens[item * length + first + size - 1];
                    if (next < 0 || next >= vocabulary) {
                        throw new IllegalArgumentException(
                                "token " + next + " is outside the " + vocabulary + " that have scores");
                    }
                    RealNumbers.set(y, item * vocabulary + next, Double.NEGATIVE_INFINITY);
                }
            }
        }
    }

    /** Whether the tokens at {@code first}, but for the last of {@code size}, are those at the end. */
    private static boolean repeats(long[] tokens, int item, int first, int length, int size) {
        for (int i = 0; i < size - 1; i++) {
            if (tokens[item + first + i] != tokens[item + length - size + 1 + i]) {
                return false;
            }
        }
        return true;
    }
}
