package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.Attention and DecoderMaskedSelfAttention: attention of tokens with themselves, and the projections
 * before it; with the attribute {@code do_rotary} queries and keys are turned by their positions.
 *
 * <p>Inputs: x: [batch, tokens, width]; weights: [width, 2 * heads * size + heads * valueSize], of queries, keys and values
 * side by side; bias, optional: a row of them; a {@link PaddingMask}, optional; past, optional: [2, batch, heads, past,
 * size], keys and then values, or with past_sequence_length, of which that many tokens count, [2, batch, heads, capacity,
 * size]; a bias that broadcasts to the scores, optional. Outputs: y: [batch, tokens, heads * valueSize]; present as past,
 * with the tokens of this run.
 */
public final class ProjectedAttention implements Operator {
    public static final int WEIGHTS = 1;
    public static final int BIAS = 2;
    public static final int MASK = 3;
    public static final int PAST = 4;
    public static final int SCORE_BIAS = 5;
    public static final int PAST_LENGTH = 6;
    public static final int BEAMS = 7;
    private static final int INDIRECTION = 8;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Attributes attributes = inference.attributes();
        if (inference.has(BEAMS) || inference.has(INDIRECTION)) {
            throw new ModelFormatException("inputs 7 and 8: beam search is not supported");
        }
        int heads = MultiHeadAttention.heads(attributes);
        TensorType x = inference.type(0);
        TensorType weights = inference.type(WEIGHTS);
        if ((x.hasRank() && x.rank() != 3) || (weights.hasRank() && weights.rank() != 2)) {
            throw new ModelFormatException("expected x of rank 3 and weights of rank 2, got " + x + " and " + weights);
        }
        boolean known = x.hasRank()
                && weights.hasRank()
                && (!inference.has(PAST) || inference.type(PAST).hasRank());
        if (!known) {
            return List.of(TensorType.ofUnknownRank(x.dataType()), TensorType.ofUnknownRank(x.dataType()));
        }
        Optional<long[]> widths = widths(attributes);
        Dim third = weights.dim(1).floorDivide(Dim.of(3));
        Dim keys = widths.isPresent() ? Dim.of(widths.get()[1]) : third;
        Dim values = widths.isPresent() ? Dim.of(widths.get()[2]) : third;
        Dim all = x.dim(1);
        if (inference.has(PAST)) {
            Dim past = inference.type(PAST).dim(3);
            all = inference.has(PAST_LENGTH) ? past : past.plus(all);
        }
        Dim size = keys.floorDivide(Dim.of(heads));
        return List.of(
                TensorType.of(x.dataType(), List.of(x.dim(0), x.dim(1), values)),
                TensorType.of(x.dataType(), List.of(Dim.of(2), x.dim(0), Dim.of(heads), all, size)));
    }

    public static Optional<long[]> widths(Attributes attributes) {
        Optional<long[]> widths = attributes.integers("qkv_hidden_sizes").filter(given -> given.length != 0);
        if (widths.isPresent()
                && (widths.get().length != 3 || widths.get()[0] != widths.get()[1] || widths.get()[2] < 0)) {
            throw new ModelFormatException("attribute 'qkv_hidden_sizes': expected three numbers, the first two of "
                    + "them equal, got " + Arrays.toString(widths.get()));
        }
        return widths;
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0, WEIGHTS, BIAS, PAST, SCORE_BIAS);
        Attributes attributes = lowering.attributes();
        Optional<PackedMatrix> packed =
                precision.type() == DataType.FP32 ? PackedWeights.pack(lowering, WEIGHTS, false) : Optional.empty();
        Optional<Float> scale = attributes.real("scale").filter(factor -> factor != 0);
        float filter = attributes.real("mask_filter_value", -10000f);
        boolean causal = attributes.integer("unidirectional", 0) != 0;
        lowering.stepReading(reads(lowering, packed.isEmpty()), run -> {
            Shape weights = packed.isPresent()
                    ? Shape.of(packed.get().rows(), packed.get().columns())
                    : run.input(WEIGHTS).shape();
            int before = before(run);
            AttentionSizes sizes = sizes(attributes, run, weights, before);
            MemorySegment qkv = project(lowering.kernels().matMul(), run, precision, packed, weights);
            long row = weights.dim(1);
            int tokens = sizes.queries();
            TokenVectors q = new TokenVectors(qkv, 0, tokens * row, sizes.size(), row);
            TokenVectors k = q.from((long) sizes.heads() * sizes.size());
            TokenVectors v =
                    new TokenVectors(qkv, 2L * sizes.heads() * sizes.size(), tokens * row, sizes.valueSize(), row);
            if (attributes.integer("do_rotary", 0) != 0) {
                RotaryPositions rotation =
                        rotation(lowering.kernels().attention(), run, precision, attributes, sizes, before);
                long[] rows = new long[sizes.batch() * tokens];
                Arrays.setAll(rows, token -> token % tokens);
                rotation.turn(run, q, q, sizes.batch(), sizes.heads(), tokens, sizes.size(), rows);
                rotation.turn(run, k, k, sizes.batch(), sizes.heads(), tokens, sizes.size(), rows);
            }
            if (run.has(PAST) || run.wants(1)) {
                TokenVectors[] joined = join(run, precision, sizes, before, k, v);
                k = joined[0];
                v = joined[1];
            }
            List<BiasPart> parts = new ArrayList<>();
            if (run.has(MASK)) {
                parts.add(PaddingMask.of(run.input(MASK), sizes, filter));
            }
            if (run.has(SCORE_BIAS)) {
                parts.add(MaskTensor.of(precision.tensor(run, run.input(SCORE_BIAS)), sizes));
            }
            if (causal) {
                parts.add(BiasPart.causal(new long[] {before}));
            }
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            ScaledDotProduct.attend(
                    lowering.kernels(),
                    run,
                    precision.type(),
                    sizes,
                    q,
                    k,
                    v,
                    scale.isPresent() ? scale.get() : 1 / Math.sqrt(sizes.size()),
                    ScoreBias.of(run, precision.type(), sizes, parts),
                    ScaledDotProduct.Extras.NONE,
                    TokenVectors.side(computed, sizes.heads(), tokens, sizes.valueSize()));
            precision.write(run, computed, y);
        });
    }

    private static RotaryPositions rotation(
            AttentionKernels kernels,
            StepRun run,
            ComputePrecision precision,
            Attributes attributes,
            AttentionSizes sizes,
            int before) {
        long given = attributes.integer("rotary_embedding_dim", 0);
        long rotated = given == 0 ? sizes.size() : given;
        if (rotated < 0 || rotated > sizes.size() || rotated % 2 != 0) {
            throw new IllegalArgumentException("attribute 'rotary_embedding_dim': expected an even number up to "
                    + sizes.size() + ", the size of a head, got " + rotated);
        }
        return RotaryPositions.of(kernels, run, precision.type(), before, sizes.queries(), (int) rotated);
    }

    private static int[] reads(Lowering lowering, boolean weights) {
        List<Integer> reads = new ArrayList<>();
        for (int input = 0; input < lowering.inputs(); input++) {
            if (lowering.has(input) && (weights || input != WEIGHTS)) {
                reads.add(input);
            }
        }
        return reads.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int before(StepRun run) {
        if (!run.has(PAST)) {
            return 0;
        }
        long capacity = run.input(PAST).shape().dim(3);
        long before = run.has(PAST_LENGTH)
                ? IntegerTensors.read(run.input(PAST_LENGTH)).orElseThrow()[0]
                : capacity;
        if (before < 0 || before > capacity) {
            throw new IllegalArgumentException(
                    "past_sequence_length: expected 0 to " + capacity + ", the capacity of the cache, got " + before);
        }
        return Math.toIntExact(before);
    }

    private static AttentionSizes sizes(Attributes attributes, StepRun run, Shape weights, int before) {
        Optional<Shape> bias = run.has(BIAS) ? Optional.of(run.input(BIAS).shape()) : Optional.empty();
        return sizes(attributes, run.input(0).shape(), weights, bias, before);
    }

    /**
     * The sizes of an attention with operands of these shapes.
     *
     * @param before tokens of the past
     * @throws IllegalArgumentException if they are none of one attention
     */
    public static AttentionSizes sizes(
            Attributes attributes, Shape x, Shape weights, Optional<Shape> bias, int before) {
        int heads = MultiHeadAttention.heads(attributes);
        long third = weights.dim(1) / 3;
        long[] widths = widths(attributes).orElse(new long[] {third, third, third});
        boolean fits = widths[0] + widths[1] + widths[2] == weights.dim(1)
                && widths[0] % heads == 0
                && widths[2] % heads == 0
                && x.dim(2) == weights.dim(0);
        if (!fits) {
            throw new IllegalArgumentException("expected weights [" + x.dim(2) + ",queries + keys + values] of " + heads
                    + " heads, and widths " + Arrays.toString(widths) + ", got " + weights);
        }
        if (bias.isPresent() && bias.get().elements() != weights.dim(1)) {
            throw new IllegalArgumentException("input 2: expected " + weights.dim(1) + " numbers, got " + bias.get());
        }
        return new AttentionSizes(
                Math.toIntExact(x.dim(0)),
                heads,
                heads,
                Math.toIntExact(x.dim(1)),
                Math.toIntExact(before + x.dim(1)),
                Math.toIntExact(widths[0] / heads),
                Math.toIntExact(widths[2] / heads));
    }

    /** The projections of every token: [batch, tokens, queries + keys + values]. */
    private static MemorySegment project(
            MatMulKernels kernels,
            StepRun run,
            ComputePrecision precision,
            Optional<PackedMatrix> packed,
            Shape weights) {
        Shape shape = run.input(0).shape();
        int rows = Math.toIntExact(shape.elements(0, 2));
        int columns = Math.toIntExact(weights.dim(1));
        MemorySegment memory =
                run.scratch((long) rows * columns * precision.type().bytes());
        Matrix x = Matrix.of(precision.read(run, run.input(0)), rows, Math.toIntExact(shape.dim(2)));
        Matrix y = Matrix.of(memory, rows, columns);
        Optional<Matrix> bias = run.has(BIAS)
                ? Optional.of(Matrix.repeatedRow(precision.read(run, run.input(BIAS)), 0, rows, columns))
                : Optional.empty();
        if (packed.isPresent()) {
            Epilogue epilogue = bias.isPresent() ? Epilogue.NONE.withAddend(bias.get()) : Epilogue.NONE;
            MemorySegment scratch = run.scratch(kernels.scratchBytes(rows, packed.get()));
            kernels.multiply(x, packed.get(), y, epilogue, scratch, run.workers());
            return memory;
        }
        Matrix w = Matrix.of(precision.read(run, run.input(WEIGHTS)), x.columns(), columns);
        if (precision.type() == DataType.FP32) {
            Epilogue epilogue = bias.isPresent() ? Epilogue.NONE.withAddend(bias.get()) : Epilogue.NONE;
            MemorySegment scratch = run.scratch(kernels.scratchBytes(x, w));
            kernels.multiply(x, w, y, epilogue, scratch, run.workers());
        } else {
            kernels.multiply(precision.type(), x, w, y);
            if (bias.isPresent()) {
                kernels.scaleAndAdd(precision.type(), 1f, y, 1f, bias);
            }
        }
        return memory;
    }

    /** The keys and the values of the past and of this run. */
    private static TokenVectors[] join(
            StepRun run, ComputePrecision precision, AttentionSizes sizes, int before, TokenVectors k, TokenVectors v) {
        if (sizes.size() != sizes.valueSize()) {
            throw new IllegalArgumentException("expected keys and values of one size where there is a cache, got "
                    + sizes.size() + " and " + sizes.valueSize());
        }
        int batch = sizes.batch();
        int heads = sizes.heads();
        int size = sizes.size();
        int capacity = run.has(PAST_LENGTH) && run.has(PAST)
                ? Math.toIntExact(run.input(PAST).shape().dim(3))
                : sizes.keys();
        if (sizes.keys() > capacity) {
            throw new IllegalArgumentException(sizes.keys() + " tokens do not fit a cache of the capacity " + capacity);
        }
        long half = (long) batch * heads * capacity * size;
        int bytes = precision.type().bytes();
        MemorySegment memory = run.wants(1) ? precision.target(run, run.output(1)) : run.scratch(2 * half * bytes);
        TokenVectors keys = TokenVectors.stacked(memory, heads, capacity, size);
        TokenVectors values = keys.from(half);
        if (run.has(PAST)) {
            Tensor past = run.input(PAST);
            Shape shape = past.shape();
            requireCache(shape, batch, heads, size);
            int tokens = Math.toIntExact(shape.dim(3));
            TokenVectors cached = TokenVectors.stacked(precision.read(run, past), heads, tokens, size);
            cached.copyTo(keys, 0, batch, heads, tokens, size, bytes);
            cached.from(shape.elements() / 2).copyTo(values, 0, batch, heads, tokens, size, bytes);
        }
        k.copyTo(keys, before, batch, heads, sizes.queries(), size, bytes);
        v.copyTo(values, before, batch, heads, sizes.queries(), size, bytes);
        if (run.wants(1)) {
            precision.write(run, memory, run.output(1));
        }
        return new TokenVectors[] {keys, values};
    }

    public static void requireCache(Shape past, int batch, int heads, int size) {
        if (past.rank() != 5 || !past.equals(Shape.of(2, batch, heads, past.dim(3), size))) {
            throw new IllegalArgumentException(
                    "input 4: expected the shape [2," + batch + "," + heads + ",past," + size + "], got " + past);
        }
    }
}
