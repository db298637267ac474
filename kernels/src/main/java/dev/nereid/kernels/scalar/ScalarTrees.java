package dev.nereid.kernels.scalar;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.kernels.tree.TreeKernel;
import dev.nereid.kernels.tree.TreeKernels;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The plain loop over rows and trees. */
public final class ScalarTrees implements TreeKernels {
    @Override
    public TreeKernel kernel(Forest forest, Aggregate aggregate, DataType type) {
        return switch (type) {
            case FP32 ->
                (rows, features, x, scores, present) ->
                        evaluate(forest, aggregate, rows, features, new Floats(x), new Floats(scores), present);
            case FP64 ->
                (rows, features, x, scores, present) ->
                        evaluate(forest, aggregate, rows, features, new Doubles(x), new Doubles(scores), present);
            default -> throw new IllegalArgumentException("trees of " + type + ": expected FP32 or FP64");
        };
    }

    private static void evaluate(
            Forest forest,
            Aggregate aggregate,
            int rows,
            int features,
            Numbers x,
            Numbers scores,
            MemorySegment present) {
        int targets = forest.targets();
        for (int row = 0; row < rows; row++) {
            long first = (long) row * targets;
            for (int target = 0; target < targets; target++) {
                scores.set(first + target, 0);
                present.set(ValueLayout.JAVA_BYTE, first + target, (byte) 0);
            }
            long rowStart = (long) row * features;
            for (int tree = 0; tree < forest.trees(); tree++) {
                int leaf = forest.find(tree, feature -> x.get(rowStart + feature));
                for (int weight = forest.firstWeight(leaf); weight < forest.firstWeight(leaf + 1); weight++) {
                    long at = first + forest.weightTarget(weight);
                    boolean any = present.get(ValueLayout.JAVA_BYTE, at) != 0;
                    scores.set(at, combine(aggregate, any, scores.get(at), forest.weight(weight)));
                    present.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
                }
            }
        }
    }

    private static double combine(Aggregate aggregate, boolean any, double score, double weight) {
        return switch (aggregate) {
            case SUM -> score + weight;
            case MINIMUM -> !any || weight < score ? weight : score;
            case MAXIMUM -> !any || weight > score ? weight : score;
        };
    }

    private sealed interface Numbers {
        double get(long index);

        /** Rounds. A sum of two floats that was rounded to a double first is the same float. */
        void set(long index, double value);
    }

    private record Floats(MemorySegment segment) implements Numbers {
        @Override
        public double get(long index) {
            return segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
        }

        @Override
        public void set(long index, double value) {
            segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index, (float) value);
        }
    }

    private record Doubles(MemorySegment segment) implements Numbers {
        @Override
        public double get(long index) {
            return segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index);
        }

        @Override
        public void set(long index, double value) {
            segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index, value);
        }
    }
}
