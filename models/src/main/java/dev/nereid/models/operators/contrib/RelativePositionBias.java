package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.RelativePositionBias: what T5 adds to the scores, from a table with a row for each bucket of distances.
 *
 * <p>Inputs: table: [buckets, heads], though its elements lie head by head; the numbers of queries and of keys. Output: y:
 * [1, heads, queries, keys].
 */
final class RelativePositionBias implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType table = inference.type(0);
        if (table.hasRank() && table.rank() != 2) {
            throw new ModelFormatException("input 0: expected a tensor of rank 2, got " + table);
        }
        if (inference.attributes().integer("max_distance", 0) < 1) {
            throw new ModelFormatException("attribute 'max_distance': expected a positive number, got "
                    + inference.attributes().integer("max_distance", 0));
        }
        Dim heads = table.hasRank() ? table.dim(1) : inference.unknownDim();
        return List.of(
                TensorType.of(table.dataType(), List.of(Dim.of(1), heads, length(inference, 1), length(inference, 2))));
    }

    private static Dim length(Inference inference, int input) {
        Optional<Dim> length =
                inference.content(input).filter(content -> content.size() == 1).map(List::getFirst);
        return length.orElseGet(inference::unknownDim);
    }

    @Override
    public void lower(Lowering lowering) {
        long furthest = lowering.attributes().integer("max_distance", 0);
        boolean bothWays = lowering.attributes().integer("is_bidirectional", 0) != 0;
        lowering.step(run -> fill(run, furthest, bothWays));
    }

    private static void fill(StepRun run, long furthest, boolean bothWays) {
        Tensor table = run.input(0);
        int buckets = Math.toIntExact(table.shape().dim(0));
        long queries = number(run, 1);
        long keys = number(run, 2);
        Tensor y = run.output(0);
        long heads = table.shape().dim(1);
        if (!y.shape().equals(Shape.of(1, heads, queries, keys)) || buckets < (bothWays ? 4 : 2)) {
            throw new IllegalArgumentException(
                    "a table of " + table.shape() + " for " + queries + " and " + keys + " tokens");
        }
        long at = 0;
        for (long head = 0; head < heads; head++) {
            for (long query = 0; query < queries; query++) {
                for (long key = 0; key < keys; key++) {
                    int bucket = bucket(key - query, buckets, furthest, bothWays);
                    RealNumbers.set(y, at++, RealNumbers.at(table, head * buckets + bucket));
                }
            }
        }
    }

    private static long number(StepRun run, int input) {
        long[] numbers = IntegerTensors.read(run.input(input)).orElseThrow();
        if (numbers.length != 1) {
            throw new IllegalArgumentException("input " + input + ": expected one number, got " + numbers.length);
        }
        return numbers[0];
    }

    /** Near distances have a bucket each; further ones share buckets that grow with the logarithm. */
    static int bucket(long distance, int buckets, long furthest, boolean bothWays) {
        int first = 0;
        int count = buckets;
        long far = -distance;
        if (bothWays) {
            count /= 2;
            first = distance > 0 ? count : 0;
            far = Math.abs(distance);
        }
        far = Math.max(far, 0);
        int exact = count / 2;
        if (far < exact) {
            return first + (int) far;
        }
        float share = (float) (Math.log((float) far / exact) / Math.log((float) furthest / exact));
        int bucket = exact + (int) (share * (count - exact));
        return first + Math.min(bucket, count - 1);
    }
}
