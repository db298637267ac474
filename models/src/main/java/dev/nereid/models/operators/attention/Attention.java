package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ScoreOutput.Stage;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Attention: {@code y = softmax(cap(scale * q * transposed(k)) + mask) * v} for every head.
 *
 * <p>Inputs: q: [batch, heads, queries, size] or [batch, queries, heads * size]; k and v likewise with keys and with
 * heads that divide q's; mask, optional, of numbers or truth values: broadcasts to [batch, heads, queries, keys], and
 * forbids the keys that it is too short for; past_key and past_value, optional: [batch, heads, past, size];
 * nonpad_kv_seqlen, optional, of {@code INT64}: [batch], how many keys are none of padding. Outputs: y as q; present_key
 * and present_value: the past with k and v; the scores of one stage: [batch, heads, queries, keys]. A query that must see
 * no key gets zeros.
 */
public final class Attention implements Operator {
    public static final int Q = 0;
    public static final int K = 1;
    public static final int V = 2;
    public static final int MASK = 3;
    public static final int PAST_KEY = 4;
    public static final int PAST_VALUE = 5;
    public static final int LENGTHS = 6;

    public static final int PRESENT_KEY = 1;
    public static final int PRESENT_VALUE = 2;
    public static final int SCORES = 3;

    /** The stage that each value of qk_matmul_output_mode stands for. */
    private static final List<Stage> STAGES = List.of(Stage.SCALED, Stage.CAPPED, Stage.BIASED, Stage.WEIGHTS);

    /**
     * The keys that a query sees: so many before and behind its own, or all where that is negative.
     */
    public record Window(long left, long right) {
        public static Window of(Attributes attributes) {
            long left = attributes.integer("left_window_size", -1);
            long right = attributes.integer("right_window_size", -1);
            return attributes.integer("is_causal", 0) != 0 ? new Window(left, 0) : new Window(left, right);
        }

        boolean isBounded() {
            return left >= 0 || right >= 0;
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        stage(inference.attributes());
        TensorType q = inference.type(Q);
        TensorType k = inference.type(K);
        TensorType v = inference.type(V);
        for (int input = Q; input <= V; input++) {
            TensorType type = inference.type(input);
            if (type.hasRank() && (type.rank() < 3 || type.rank() > 4 || (q.hasRank() && type.rank() != q.rank()))) {
                throw new ModelFormatException("input " + input
                        + ": expected a tensor of rank 3 or 4 and of the rank of input 0, got " + type);
            }
        }
        if (!q.hasRank() || !k.hasRank() || !v.hasRank()) {
            return List.of(
                    TensorType.ofUnknownRank(q.dataType()),
                    TensorType.ofUnknownRank(k.dataType()),
                    TensorType.ofUnknownRank(v.dataType()),
                    TensorType.ofUnknownRank(q.dataType()));
        }
        boolean flat = q.rank() == 3;
        Dim heads = flat ? Dim.of(heads(inference.attributes(), "q_num_heads")) : q.dim(1);
        Dim keyHeads = flat ? Dim.of(heads(inference.attributes(), "kv_num_heads")) : k.dim(1);
        Dim size = flat ? k.dim(2).floorDivide(keyHeads) : k.dim(3);
        Dim valueSize = flat ? v.dim(2).floorDivide(keyHeads) : v.dim(3);
        Dim queries = q.dim(-2);
        Optional<Dim> keys = all(inference, PAST_KEY, k.dim(-2));
        Optional<Dim> values = all(inference, PAST_VALUE, v.dim(-2));
        List<Dim> y = flat
                ? List.of(q.dim(0), queries, heads.times(valueSize))
                : List.of(q.dim(0), heads, queries, valueSize);
        return List.of(
                TensorType.of(q.dataType(), y),
                cache(inference, k, keyHeads, keys, size),
                cache(inference, v, keyHeads, values, valueSize),
                TensorType.of(q.dataType(), List.of(q.dim(0), heads, queries, keys.orElseGet(inference::unknownDim))));
    }

    private static Optional<Dim> all(Inference inference, int past, Dim current) {
        if (!inference.has(past)) {
            return Optional.of(current);
        }
        TensorType type = inference.type(past);
        if (type.hasRank() && type.rank() != 4) {
            throw new ModelFormatException("input " + past + ": expected a tensor of rank 4, got " + type);
        }
        return type.hasRank() ? Optional.of(type.dim(2).plus(current)) : Optional.empty();
    }

    private static TensorType cache(Inference inference, TensorType of, Dim heads, Optional<Dim> tokens, Dim size) {
        return TensorType.of(of.dataType(), List.of(of.dim(0), heads, tokens.orElseGet(inference::unknownDim), size));
    }

    private static long heads(Attributes attributes, String name) {
        long heads = attributes.integer(name, 0);
        if (heads < 1) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected a positive number beside inputs of rank 3, got " + heads);
        }
        return heads;
    }

    private static Stage stage(Attributes attributes) {
        long mode = attributes.integer("qk_matmul_output_mode", 0);
        if (mode < 0 || mode >= STAGES.size()) {
            throw new ModelFormatException("attribute 'qk_matmul_output_mode': expected 0 to 3, got " + mode);
        }
        return STAGES.get((int) mode);
    }

    /** The softmax is at least as precise as asked for. */
    private static ComputePrecision precision(Lowering lowering) {
        long asked = lowering.attributes().integer("softmax_precision", 0);
        int[] inputs = lowering.has(MASK) && lowering.type(MASK).dataType() != DataType.BOOL
                ? new int[] {Q, K, V, MASK, PAST_KEY, PAST_VALUE}
                : new int[] {Q, K, V, PAST_KEY, PAST_VALUE};
        return asked != 0 && OnnxTypes.dataType(asked) == DataType.FP64
                ? ComputePrecision.of(lowering, DataType.FP64, inputs)
                : ComputePrecision.of(lowering, inputs);
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = precision(lowering);
        Optional<Float> scale = lowering.attributes().real("scale").filter(factor -> factor != 0);
        float softCap = lowering.attributes().real("softcap", 0f);
        Stage stage = stage(lowering.attributes());
        Window window = Window.of(lowering.attributes());
        lowering.step(run -> {
            AttentionSizes sizes = sizes(lowering.attributes(), run);
            Optional<ScoreOutput> output = run.wants(SCORES)
                    ? Optional.of(new ScoreOutput(run.output(SCORES), stage, false))
                    : Optional.empty();
            ScaledDotProduct.Extras extras = new ScaledDotProduct.Extras(softCap, Optional.empty(), output);
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            TokenVectors k = allTokens(run, precision, sizes, K, PAST_KEY, PRESENT_KEY, sizes.size());
            TokenVectors v = allTokens(run, precision, sizes, V, PAST_VALUE, PRESENT_VALUE, sizes.valueSize());
            ScaledDotProduct.attend(
                    lowering.kernels(),
                    run,
                    precision.type(),
                    sizes,
                    layout(run.input(Q), sizes.heads(), sizes.queries(), sizes.size())
                            .in(precision.read(run, run.input(Q))),
                    k,
                    v,
                    scale.isPresent() ? scale.get() : 1 / Math.sqrt(sizes.size()),
                    bias(run, precision, sizes, window),
                    extras,
                    layout(y, sizes.heads(), sizes.queries(), sizes.valueSize()).in(computed));
            precision.write(run, computed, y);
        });
    }

    private static AttentionSizes sizes(Attributes attributes, StepRun run) {
        return sizes(
                attributes,
                run.input(Q).shape(),
                run.input(K).shape(),
                run.input(V).shape(),
                run.has(PAST_KEY) ? run.input(PAST_KEY).shape().dim(2) : 0,
                run.has(PAST_VALUE) ? run.input(PAST_VALUE).shape().dim(2) : 0);
    }

    /**
     * The sizes of an attention with operands of these shapes.
     *
     * @param past tokens of past_key
     * @param pastValues tokens of past_value
     * @throws IllegalArgumentException if they are none of one attention
     */
    public static AttentionSizes sizes(Attributes attributes, Shape q, Shape k, Shape v, long past, long pastValues) {
        boolean flat = q.rank() == 3;
        long heads = flat ? heads(attributes, "q_num_heads") : q.dim(1);
        long keyHeads = flat ? heads(attributes, "kv_num_heads") : k.dim(1);
        long size = flat ? q.dim(2) / heads : q.dim(3);
        boolean fits = k.rank() == q.rank()
                && v.rank() == q.rank()
                && k.dim(0) == q.dim(0)
                && v.dim(0) == q.dim(0)
                && k.dim(-2) == v.dim(-2)
                && (flat
                        ? q.dim(2) % heads == 0 && k.dim(2) == keyHeads * size && v.dim(2) % keyHeads == 0
                        : k.dim(3) == size && v.dim(1) == keyHeads);
        if (!fits) {
            throw new IllegalArgumentException("expected q, k and v of one attention of " + heads + " and " + keyHeads
                    + " heads, got " + q + ", " + k + ", " + v);
        }
        if (past != pastValues) {
            throw new IllegalArgumentException(
                    "expected past_key and past_value of as many tokens, got " + past + " and " + pastValues);
        }
        return new AttentionSizes(
                Math.toIntExact(q.dim(0)),
                Math.toIntExact(heads),
                Math.toIntExact(keyHeads),
                Math.toIntExact(q.dim(-2)),
                Math.toIntExact(past + k.dim(-2)),
                Math.toIntExact(size),
                Math.toIntExact(flat ? v.dim(2) / keyHeads : v.dim(3)));
    }

    private static TokenVectors layout(Tensor tensor, int heads, int tokens, int size) {
        return tensor.shape().rank() == 3
                ? TokenVectors.side(tensor.segment(), heads, tokens, size)
                : TokenVectors.stacked(tensor.segment(), heads, tokens, size);
    }

    /** The keys or values of the past and of this run. */
    private static TokenVectors allTokens(
            StepRun run,
            ComputePrecision precision,
            AttentionSizes sizes,
            int current,
            int past,
            int present,
            int size) {
        Tensor tensor = run.input(current);
        Optional<Tensor> cache = run.has(past) ? Optional.of(run.input(past)) : Optional.empty();
        int tokens = Math.toIntExact(tensor.shape().dim(-2));
        TokenVectors own = layout(tensor, sizes.keyHeads(), tokens, size);
        TokenVectors all = KeyValueCache.append(
                run, cache, own, tensor.dataType(), present, sizes.batch(), sizes.keyHeads(), tokens, size);
        Shape shape = Shape.of(sizes.batch(), sizes.keyHeads(), sizes.keys(), size);
        return all.in(precision.read(run, Tensor.of(tensor.dataType(), shape, all.segment())));
    }

    private static Optional<ScoreBias> bias(
            StepRun run, ComputePrecision precision, AttentionSizes sizes, Window window) {
        List<BiasPart> parts = new ArrayList<>();
        if (run.has(MASK)) {
            Tensor mask = run.input(MASK);
            Tensor readable = mask.dataType() == DataType.BOOL ? mask : precision.tensor(run, mask);
            parts.add(MaskTensor.of(readable, sizes));
        }
        Optional<long[]> counts = run.has(LENGTHS) ? Optional.of(lengths(run, sizes)) : Optional.empty();
        counts.ifPresent(numbers -> parts.add(BiasPart.keyCounts(numbers)));
        if (window.isBounded()) {
            long[] offsets = {0};
            if (run.has(PAST_KEY)) {
                offsets[0] = run.input(PAST_KEY).shape().dim(2);
            } else if (counts.isPresent()) {
                offsets = counts.get().clone();
                for (int item = 0; item < offsets.length; item++) {
                    offsets[item] -= sizes.queries();
                }
            }
            parts.add(BiasPart.window(offsets, window.left(), window.right()));
        }
        return ScoreBias.of(run, precision.type(), sizes, parts);
    }

    private static long[] lengths(StepRun run, AttentionSizes sizes) {
        long[] lengths = IntegerTensors.read(run.input(LENGTHS)).orElseThrow();
        if (lengths.length != sizes.batch()) {
            throw new IllegalArgumentException("nonpad_kv_seqlen: expected a number for each of " + sizes.batch()
                    + " items, got " + lengths.length);
        }
        return lengths;
    }
}
