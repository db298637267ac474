package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX RotaryEmbedding, and com.microsoft.RotaryEmbedding, whose inputs come in another order.
 *
 * <p>Inputs: x: [batch, heads, tokens, size] or [batch, tokens, heads * size]; cosines and sines: [positions, rotated / 2],
 * or without positions [batch, tokens, rotated / 2]; position_ids: [batch, tokens], or with com.microsoft [1], the
 * position of each item's first token. Output: y as x.
 *
 * @param positions the input with the positions, an optional one only if it is the last
 * @param cosines the input with the cosines; the sines are behind it
 */
public record RotaryEmbedding(int positions, int cosines) implements Operator {
    static final RotaryEmbedding ONNX = new RotaryEmbedding(3, 1);
    static final RotaryEmbedding MICROSOFT = new RotaryEmbedding(1, 2);

    /** What the shapes say. */
    public record Sizes(int batch, int heads, int tokens, int size, int rotated) {}

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank() && x.rank() != 3 && x.rank() != 4) {
            throw new ModelFormatException("input 0: expected a tensor of rank 3 or 4, got " + x);
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0);
        boolean interleaved = lowering.attributes().integer("interleaved", 0) != 0;
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Sizes sizes = sizes(
                    lowering,
                    x.shape(),
                    run.input(cosines).shape(),
                    run.input(cosines + 1).shape());
            long[] rows = rows(run, sizes);
            RotaryPositions rotation = new RotaryPositions(
                    lowering.kernels().attention(),
                    precision.type(),
                    run.input(cosines),
                    run.input(cosines + 1),
                    sizes.rotated(),
                    interleaved);
            MemorySegment computed = precision.target(run, y);
            rotation.turn(
                    run,
                    layout(x, sizes).in(precision.read(run, x)),
                    layout(y, sizes).in(computed),
                    sizes.batch(),
                    sizes.heads(),
                    sizes.tokens(),
                    sizes.size(),
                    rows);
            precision.write(run, computed, y);
        });
    }

    private static TokenVectors layout(Tensor tensor, Sizes sizes) {
        return tensor.shape().rank() == 3
                ? TokenVectors.side(tensor.segment(), sizes.heads(), sizes.tokens(), sizes.size())
                : TokenVectors.stacked(tensor.segment(), sizes.heads(), sizes.tokens(), sizes.size());
    }

    public static Sizes sizes(Inference inference, Shape x, Shape angles, Shape sines) {
        long rotated = inference.attributes().integer("rotary_embedding_dim", 0);
        long heads = x.rank() == 4 ? x.dim(1) : inference.attributes().integer("num_heads", 0);
        if (heads == 0 && x.rank() == 3 && rotated == 0) {
            // The whole of a head is turned, so the angles tell its size.
            heads = x.dim(2) / Math.max(1, 2 * angles.dim(-1));
        }
        if (heads < 1 && x.elements() > 0) {
            throw new IllegalArgumentException(
                    "attribute 'num_heads': expected a positive number beside an input of shape " + x);
        }
        long size = x.rank() == 4 ? x.dim(3) : x.dim(2) / Math.max(1, heads);
        if (rotated == 0) {
            rotated = size;
        }
        if (rotated % 2 != 0
                || rotated < 0
                || rotated > size
                || angles.dim(-1) != rotated / 2
                || !sines.equals(angles)
                || (x.rank() == 3 && size * heads != x.dim(2))) {
            throw new IllegalArgumentException("expected cosines and sines of half of the " + rotated
                    + " elements that are turned in heads of " + size + ", got " + angles + " and "
                    + sines + " beside an input of shape " + x);
        }
        return new Sizes(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(heads),
                Math.toIntExact(x.dim(-2)),
                Math.toIntExact(size),
                Math.toIntExact(rotated));
    }

    /** The row of angles of each token. */
    private long[] rows(StepRun run, Sizes sizes) {
        Shape angles = run.input(cosines).shape();
        int count = sizes.batch() * sizes.tokens();
        long[] rows = new long[count];
        if (!run.has(positions)) {
            requireOfTokens(angles, sizes);
            for (int i = 0; i < count; i++) {
                rows[i] = i;
            }
            return rows;
        }
        long[] given = IntegerTensors.read(run.input(positions)).orElseThrow();
        boolean first = isFirst(given.length);
        requirePositions(angles, given.length, sizes);
        for (int i = 0; i < count; i++) {
            rows[i] = first ? given[0] + i % sizes.tokens() : given[i];
            if (rows[i] < 0 || rows[i] >= angles.dim(0)) {
                throw new IllegalArgumentException(
                        "position " + rows[i] + " is outside the " + angles.dim(0) + " rows of cosines");
            }
        }
        return rows;
    }

    /** Whether so many positions are that of each item's first token. */
    public boolean isFirst(long given) {
        return positions == 1 && given == 1;
    }

    public static void requireOfTokens(Shape angles, Sizes sizes) {
        if (angles.rank() != 3 || angles.dim(0) != sizes.batch() || angles.dim(1) != sizes.tokens()) {
            throw new IllegalArgumentException("expected cosines of the shape [" + sizes.batch() + "," + sizes.tokens()
                    + "," + sizes.rotated() / 2 + "] where there are no positions, got " + angles);
        }
    }

    public void requirePositions(Shape angles, long given, Sizes sizes) {
        int count = sizes.batch() * sizes.tokens();
        if (angles.rank() != 2 || (!isFirst(given) && given != count)) {
            throw new IllegalArgumentException("expected a position for each of " + count
                    + " tokens and cosines of rank 2, got " + given + " and " + angles);
        }
    }
}
