package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ScoreOutput.Stage;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.MultiHeadAttention and DecoderMaskedMultiHeadAttention: attention of projections that are there already,
 * with what the projections' biases add.
 *
 * <p>Inputs: q: [batch, queries, heads * size]; k and v likewise, or [batch, heads, keys, size], or with q as {@link
 * ProjectedHeads} has it; the projections' biases, side by side: [2 * heads * size + heads * valueSize]; a {@link
 * PaddingMask}; a bias that broadcasts to the scores; past_key and past_value: [batch, heads, past, size], or with
 * past_sequence_length, of which that many tokens count: [batch, heads, capacity, size]. Outputs: y: [batch, queries,
 * heads * valueSize]; present_key and present_value, as the past with the tokens of this run; the scores with all that is
 * added to them: [batch, heads, queries, keys].
 *
 * @param bias the input with the biases; the other components are inputs too
 */
public record MultiHeadAttention(
        int bias, int mask, int scoreBias, int pastKey, int pastValue, int pastLength, int beams, int indirection)
        implements Operator {
    static final MultiHeadAttention PLAIN = new MultiHeadAttention(3, 4, 5, 6, 7, 8, -1, 9);
    static final MultiHeadAttention DECODER = new MultiHeadAttention(10, 3, 4, 5, 6, 7, 8, 9);

    private static final int PRESENT_KEY = 1;
    private static final int PRESENT_VALUE = 2;
    private static final int SCORES = 3;

    public static int heads(Attributes attributes) {
        long heads = attributes.integer("num_heads", 0);
        if (heads < 1) {
            throw new ModelFormatException("attribute 'num_heads': expected a positive number, got " + heads);
        }
        return Math.toIntExact(heads);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        if (inference.has(indirection)) {
            throw new ModelFormatException("input " + indirection + ": the caches of beam search are not supported");
        }
        int heads = heads(inference.attributes());
        TensorType q = inference.type(0);
        boolean known = q.hasRank()
                && (!inference.has(1) || inference.type(1).hasRank())
                && (!inference.has(2) || inference.type(2).hasRank())
                && (!inference.has(pastKey) || inference.type(pastKey).hasRank());
        if (!known) {
            TensorType unknown = TensorType.ofUnknownRank(q.dataType());
            return List.of(unknown, unknown, unknown, unknown);
        }
        ProjectedHeads.Dims dims = ProjectedHeads.dims(inference, heads);
        Dim past = inference.has(pastKey) ? inference.type(pastKey).dim(2) : Dim.of(0);
        boolean capacity = inference.has(pastLength);
        Dim all = capacity ? past : past.plus(dims.keys());
        return List.of(
                TensorType.of(
                        q.dataType(),
                        List.of(q.dim(0), q.dim(1), dims.valueSize().times(heads))),
                TensorType.of(q.dataType(), List.of(q.dim(0), Dim.of(heads), all, dims.size())),
                TensorType.of(q.dataType(), List.of(q.dim(0), Dim.of(heads), all, dims.valueSize())),
                TensorType.of(
                        q.dataType(),
                        List.of(q.dim(0), Dim.of(heads), q.dim(1), capacity ? inference.unknownDim() : all)));
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0, 1, 2, bias, scoreBias, pastKey, pastValue);
        Attributes attributes = lowering.attributes();
        int heads = heads(attributes);
        Optional<Float> scale = attributes.real("scale").filter(factor -> factor != 0);
        float filter = attributes.real("mask_filter_value", -10000f);
        boolean causal = attributes.integer("unidirectional", 0) != 0;
        lowering.step(run -> {
            if (beams >= 0
                    && run.has(beams)
                    && IntegerTensors.read(run.input(beams)).orElseThrow()[0] > 1) {
                throw new IllegalArgumentException("input " + beams + ": beam search is not supported");
            }
            ProjectedHeads projected = ProjectedHeads.of(run, precision, heads, bias);
            int before = before(run);
            AttentionSizes sizes = projected.sizes(before);
            TokenVectors k = join(run, precision, projected, sizes, before, pastKey, PRESENT_KEY);
            TokenVectors v = join(run, precision, projected, sizes, before, pastValue, PRESENT_VALUE);
            List<BiasPart> parts = new ArrayList<>();
            if (run.has(mask)) {
                parts.add(PaddingMask.of(run.input(mask), sizes, filter));
            }
            if (run.has(scoreBias)) {
                parts.add(MaskTensor.of(precision.tensor(run, run.input(scoreBias)), sizes));
            }
            if (causal) {
                parts.add(BiasPart.causal(new long[] {before}));
            }
            Optional<ScoreOutput> output = scores(run, sizes);
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            ScaledDotProduct.attend(
                    lowering.kernels(),
                    run,
                    precision.type(),
                    sizes,
                    projected.q(),
                    k,
                    v,
                    scale.isPresent() ? scale.get() : 1 / Math.sqrt(sizes.size()),
                    ScoreBias.of(run, precision.type(), sizes, parts),
                    new ScaledDotProduct.Extras(0, Optional.empty(), output),
                    TokenVectors.side(computed, heads, sizes.queries(), sizes.valueSize()));
            precision.write(run, computed, y);
        });
    }

    private Optional<ScoreOutput> scores(StepRun run, AttentionSizes sizes) {
        if (!run.wants(SCORES)) {
            return Optional.empty();
        }
        Shape shape = Shape.of(sizes.batch(), sizes.heads(), sizes.queries(), sizes.keys());
        Tensor tensor = run.has(pastLength) ? run.allocate(SCORES, shape) : run.output(SCORES);
        return Optional.of(new ScoreOutput(tensor, Stage.BIASED, false));
    }

    /** Tokens of the past. */
    private int before(StepRun run) {
        if (run.has(pastKey) != run.has(pastValue)) {
            throw new IllegalArgumentException("expected both of past_key and past_value, or none");
        }
        if (!run.has(pastKey)) {
            return 0;
        }
        long capacity = run.input(pastKey).shape().dim(2);
        if (run.input(pastValue).shape().dim(2) != capacity) {
            throw new IllegalArgumentException("past_value: expected as many tokens as past_key has, " + capacity
                    + ", got shape " + run.input(pastValue).shape());
        }
        if (!run.has(pastLength)) {
            return Math.toIntExact(capacity);
        }
        long before = IntegerTensors.read(run.input(pastLength)).orElseThrow()[0];
        if (before < 0 || before > capacity) {
            throw new IllegalArgumentException(
                    "past_sequence_length: expected 0 to " + capacity + ", the capacity of the cache, got " + before);
        }
        return Math.toIntExact(before);
    }

    /** The keys, or the values, of the past and of this run. */
    private TokenVectors join(
            StepRun run,
            ComputePrecision precision,
            ProjectedHeads projected,
            AttentionSizes sizes,
            int before,
            int past,
            int present) {
        boolean keys = past == pastKey;
        TokenVectors current = keys ? projected.k() : projected.v();
        int size = keys ? sizes.size() : sizes.valueSize();
        if (!run.has(past) && !run.wants(present)) {
            return current;
        }
        int capacity =
                run.has(pastLength) ? Math.toIntExact(run.input(past).shape().dim(2)) : sizes.keys();
        if (sizes.keys() > capacity) {
            throw new IllegalArgumentException(sizes.keys() + " tokens do not fit a cache of the capacity " + capacity);
        }
        long elements = (long) sizes.batch() * sizes.heads() * capacity * size;
        int bytes = precision.type().bytes();
        MemorySegment memory =
                run.wants(present) ? precision.target(run, run.output(present)) : run.scratch(elements * bytes);
        TokenVectors all = TokenVectors.stacked(memory, sizes.heads(), capacity, size);
        if (run.has(past)) {
            Tensor cache = run.input(past);
            KeyValueCache.check(cache, sizes.batch(), sizes.heads(), size);
            int tokens = Math.toIntExact(cache.shape().dim(2));
            TokenVectors.stacked(precision.read(run, cache), sizes.heads(), tokens, size)
                    .copyTo(all, 0, sizes.batch(), sizes.heads(), tokens, size, bytes);
        }
        current.copyTo(all, before, sizes.batch(), sizes.heads(), sizes.keys() - before, size, bytes);
        if (run.wants(present)) {
            precision.write(run, memory, run.output(present));
        }
        return all;
    }
}
