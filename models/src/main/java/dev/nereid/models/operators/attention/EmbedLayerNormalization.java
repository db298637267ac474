package dev.nereid.models.operators.attention;

import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * com.microsoft.EmbedLayerNormalization: the embeddings of words, positions and segments, added and normalised.
 *
 * <p>Inputs: input_ids: [batch, tokens]; segment_ids, optional, likewise; the tables of words, positions and, optional,
 * segments: [rows, size]; scale and shift: [size]; mask, optional: [batch, tokens]; position_ids, optional: [batch, tokens]
 * or [1, tokens], 0, 1, 2, ... if absent. Outputs: y: [batch, tokens, size]; how many tokens of each item the mask lets
 * through: [batch], zeros without a mask; the sum before it is normalised.
 */
final class EmbedLayerNormalization implements Operator {
    private static final int SEGMENT_IDS = 1;
    private static final int WORDS = 2;
    private static final int POSITIONS = 3;
    private static final int SEGMENTS = 4;
    private static final int SCALE = 5;
    private static final int SHIFT = 6;
    private static final int MASK = 7;
    private static final int POSITION_IDS = 8;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType ids = inference.type(0);
        TensorType words = inference.type(WORDS);
        if ((ids.hasRank() && ids.rank() != 2) || (words.hasRank() && words.rank() != 2)) {
            throw new ModelFormatException("expected ids and tables of rank 2, got " + ids + " and " + words);
        }
        if (!ids.hasRank() || !words.hasRank()) {
            TensorType unknown = TensorType.ofUnknownRank(words.dataType());
            return List.of(unknown, TensorType.ofUnknownRank(DataType.INT32), unknown);
        }
        TensorType y = TensorType.of(words.dataType(), List.of(ids.dim(0), ids.dim(1), words.dim(1)));
        return List.of(y, TensorType.of(DataType.INT32, List.of(ids.dim(0))), y);
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, WORDS, POSITIONS, SEGMENTS, SCALE, SHIFT);
        NormKernel norm = lowering.kernels().reduce().norm(precision.type());
        float epsilon = lowering.attributes().real("epsilon", 1e-12f);
        lowering.step(run -> {
            Tensor y = run.output(0);
            int size = Math.toIntExact(y.shape().dim(2));
            int rows = Math.toIntExact(y.shape().elements(0, 2));
            MemorySegment sum = run.wants(2)
                    ? precision.target(run, run.output(2))
                    : run.scratch((long) rows * size * precision.type().bytes());
            embed(run, precision, sum, size);
            if (run.wants(2)) {
                precision.write(run, sum, run.output(2));
            }
            MemorySegment scale = row(run, precision, SCALE, size);
            MemorySegment shift = row(run, precision, SHIFT, size);
            MemorySegment computed = precision.target(run, y);
            long bytes = (long) size * precision.type().bytes();
            Parallel.rows(
                    run.workers(),
                    rows,
                    size,
                    precision.type(),
                    (from, count) -> norm.layer(
                            sum, bytes * from, scale, 0, shift, 0, computed, bytes * from, count, size, epsilon));
            precision.write(run, computed, y);
            if (run.wants(1)) {
                countTokens(run);
            }
        });
    }

    private static MemorySegment row(StepRun run, ComputePrecision precision, int input, int size) {
        if (run.input(input).shape().elements() != size) {
            throw new IllegalArgumentException("input " + input + ": expected " + size + " elements, got "
                    + run.input(input).shape());
        }
        return precision.read(run, run.input(input));
    }

    private static void embed(StepRun run, ComputePrecision precision, MemorySegment sum, int size) {
        Shape ids = run.input(0).shape();
        int tokens = Math.toIntExact(ids.dim(1));
        long[] words = ids(run, 0, ids);
        long[] positions = positions(run, ids);
        boolean hasSegments = run.has(SEGMENTS) && run.has(SEGMENT_IDS);
        long[] bounds = hasSegments ? ids(run, SEGMENT_IDS, ids) : new long[0];
        Tensor wordTable = run.input(WORDS);
        Tensor positionTable = run.input(POSITIONS);
        DataType type = precision.type();
        for (int row = 0; row < words.length; row++) {
            long word = entry(run, WORDS, words[row], size);
            long position = entry(run, POSITIONS, positions[positions.length == tokens ? row % tokens : row], size);
            long segment = hasSegments ? entry(run, SEGMENTS, bounds[row], size) : 0;
            for (int i = 0; i < size; i++) {
                double value = RealNumbers.at(wordTable, word + i) + RealNumbers.at(positionTable, position + i);
                if (hasSegments) {
                    value += RealNumbers.at(run.input(SEGMENTS), segment + i);
                }
                ComputeElements.set(sum, type, (long) row * size + i, value);
            }
        }
    }

    private static long[] ids(StepRun run, int input, Shape shape) {
        if (!run.input(input).shape().equals(shape)) {
            throw new IllegalArgumentException("input " + input + ": expected the shape " + shape + ", got "
                    + run.input(input).shape());
        }
        return IntegerTensors.read(run.input(input)).orElseThrow();
    }

    private static long[] positions(StepRun run, Shape ids) {
        if (run.has(POSITION_IDS)) {
            Shape shape = run.input(POSITION_IDS).shape();
            if (!shape.equals(ids) && !shape.equals(Shape.of(1, ids.dim(1)))) {
                throw new IllegalArgumentException(
                        "input 8: expected the shape " + ids + " or one of its rows, got " + shape);
            }
            return IntegerTensors.read(run.input(POSITION_IDS)).orElseThrow();
        }
        long[] positions = new long[Math.toIntExact(ids.dim(1))];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i;
        }
        return positions;
    }

    /** The first element of a row of a table. */
    private static long entry(StepRun run, int table, long id, int size) {
        Shape shape = run.input(table).shape();
        if (id < 0 || id >= shape.dim(0) || shape.dim(1) != size) {
            throw new IllegalArgumentException(
                    "input " + table + ": id " + id + " and vectors of " + size + " for a table of " + shape);
        }
        return id * size;
    }

    /** The number of ones of each row of the mask. */
    private static void countTokens(StepRun run) {
        Shape ids = run.input(0).shape();
        long[] mask = run.has(MASK) ? ids(run, MASK, ids) : new long[Math.toIntExact(ids.elements())];
        int tokens = Math.toIntExact(ids.dim(1));
        for (int item = 0; item < ids.dim(0); item++) {
            int count = 0;
            for (int token = 0; token < tokens; token++) {
                count += mask[item * tokens + token] == 1 ? 1 : 0;
            }
            run.output(1).segment().set(ValueLayout.JAVA_INT, 4L * item, count);
        }
    }
}
