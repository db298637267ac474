package dev.nereid.models.operators.attention;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ScoreOutput.Stage;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.GroupQueryAttention: causal attention with a cache, in which every item of the batch has a past of its
 * own length, with rotary positions and root-mean-square norms of queries and keys on the way.
 *
 * <p>Inputs: q: [batch, tokens, heads * size], or with k and v behind it [batch, tokens, (heads + 2 * keyHeads) * size]; k
 * and v: [batch, tokens, keyHeads * size]; past_key and past_value, optional: [batch, keyHeads, capacity, size], as floats
 * or as {@link QuantizedCache} has them;
 * seqlens_k: [batch], the tokens of each item, past and present, less one; total_sequence_length: a number, the most of
 * them; cosines and sines: [positions, rotated / 2]; position_ids: [batch, tokens]; a bias that broadcasts to the scores;
 * head_sink: [heads]; scales of keys and values in a cache; norms' weights: [size]. Outputs: y: [batch, tokens, heads * size]; present_key and present_value:
 * the past with the tokens of this run, zeros behind them; the scores before or behind the softmax.
 */
public final class GroupQueryAttention implements Operator {
    public static final int Q = 0;
    public static final int K = 1;
    public static final int V = 2;
    public static final int PAST_KEY = 3;
    public static final int PAST_VALUE = 4;
    public static final int LENGTHS = 5;
    static final int TOTAL = 6;
    public static final int COSINES = 7;
    public static final int SINES = 8;
    public static final int POSITIONS = 9;
    public static final int SCORE_BIAS = 10;
    public static final int SINK = 11;
    public static final int KEY_SCALE = 12;
    public static final int VALUE_SCALE = 13;
    public static final int QUERY_NORM = 14;
    public static final int KEY_NORM = 15;

    public static final int PRESENT_KEY = 1;
    public static final int PRESENT_VALUE = 2;
    public static final int SCORES = 3;

    private static final List<Dim> FOUR = List.of(Dim.of(1), Dim.of(1), Dim.of(1), Dim.of(1));

    /** The stage that each value of qk_output but 0 stands for. */
    private static final List<Stage> STAGES = List.of(Stage.BIASED, Stage.WEIGHTS);

    public static int heads(Attributes attributes, String name) {
        long heads = attributes.integer(name, 0);
        if (heads < 1) {
            throw new ModelFormatException("attribute '" + name + "': expected a positive number, got " + heads);
        }
        return Math.toIntExact(heads);
    }

    private static void requireAbsent(Attributes attributes) {
        if (attributes.integer("sliding_window_cache", 0) != 0) {
            throw new ModelFormatException(
                    "attribute 'sliding_window_cache': expected 0; caches that drop tokens are not supported");
        }
        long output = attributes.integer("qk_output", 0);
        if (output < 0 || output > STAGES.size()) {
            throw new ModelFormatException("attribute 'qk_output': expected 0, 1 or 2, got " + output);
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        requireAbsent(inference.attributes());
        int heads = heads(inference.attributes(), "num_heads");
        int keyHeads = heads(inference.attributes(), "kv_num_heads");
        if (heads % keyHeads != 0) {
            throw new ModelFormatException(
                    "attribute 'num_heads': expected a multiple of kv_num_heads, " + keyHeads + ", got " + heads);
        }
        TensorType q = inference.type(Q);
        boolean known = q.hasRank()
                && (!inference.has(PAST_KEY) || inference.type(PAST_KEY).hasRank());
        if (!known) {
            TensorType unknown = TensorType.ofUnknownRank(q.dataType());
            return List.of(
                    unknown,
                    TensorType.ofUnknownRank(
                            cache(inference, "k_quant_type", FOUR).dataType()),
                    TensorType.ofUnknownRank(
                            cache(inference, "v_quant_type", FOUR).dataType()),
                    unknown);
        }
        if (q.rank() != 3) {
            throw new ModelFormatException("input 0: expected a tensor of rank 3, got " + q);
        }
        Dim size = q.dim(2).floorDivide(Dim.of(inference.has(K) ? heads : heads + 2L * keyHeads));
        Dim total = inference
                .content(TOTAL)
                .filter(content -> content.size() == 1)
                .map(List::getFirst)
                .orElseGet(inference::unknownDim);
        Dim capacity =
                inference.has(PAST_KEY) ? Dim.max(inference.type(PAST_KEY).dim(2), total) : total;
        return List.of(
                TensorType.of(q.dataType(), List.of(q.dim(0), q.dim(1), size.times(heads))),
                cache(inference, "k_quant_type", List.of(q.dim(0), Dim.of(keyHeads), capacity, size)),
                cache(inference, "v_quant_type", List.of(q.dim(0), Dim.of(keyHeads), capacity, size)),
                TensorType.of(q.dataType(), List.of(q.dim(0), Dim.of(heads), q.dim(1), total)));
    }

    private static TensorType cache(Inference inference, String quantization, List<Dim> dims) {
        Optional<QuantizedCache> quantized = QuantizedCache.of(inference.attributes(), quantization);
        if (quantized.isEmpty()) {
            return TensorType.of(inference.type(Q).dataType(), dims);
        }
        List<Dim> packed = new ArrayList<>(dims);
        packed.set(3, quantized.get().width(dims.get(3)));
        return TensorType.of(quantized.get().dataType(), packed);
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, Q, K, V, SCORE_BIAS, SINK, QUERY_NORM, KEY_NORM);
        Attributes attributes = lowering.attributes();
        Optional<Float> scale = attributes.real("scale").filter(factor -> factor != 0);
        float softCap = attributes.real("softcap", 0f);
        boolean causal = attributes.integer("causal", 1) != 0;
        long window = attributes.integer("local_window_size", -1);
        boolean smooth = attributes.integer("smooth_softmax", 0) > 0;
        int stage = Math.toIntExact(attributes.integer("qk_output", 0));
        Optional<QuantizedCache> keys = QuantizedCache.of(attributes, "k_quant_type");
        Optional<QuantizedCache> values = QuantizedCache.of(attributes, "v_quant_type");
        lowering.step(run -> {
            GroupedTokens tokens = GroupedTokens.of(lowering.kernels().attention(), run, precision, attributes);
            AttentionSizes sizes = tokens.sizes();
            TokenVectors k = keys.isPresent()
                    ? keys.get().join(run, precision, tokens, tokens.k(), KEY_SCALE, PAST_KEY, PRESENT_KEY)
                    : tokens.join(run, precision, tokens.k(), PAST_KEY, PRESENT_KEY);
            TokenVectors v = values.isPresent()
                    ? values.get().join(run, precision, tokens, tokens.v(), VALUE_SCALE, PAST_VALUE, PRESENT_VALUE)
                    : tokens.join(run, precision, tokens.v(), PAST_VALUE, PRESENT_VALUE);
            List<BiasPart> parts = new ArrayList<>();
            parts.add(BiasPart.keyCounts(tokens.totals()));
            if (causal) {
                parts.add(BiasPart.window(tokens.befores(), window > 0 ? window - 1 : -1, 0));
            }
            if (run.has(SCORE_BIAS)) {
                parts.add(MaskTensor.of(precision.tensor(run, run.input(SCORE_BIAS)), sizes));
            }
            Optional<ScoreOutput> output = run.wants(SCORES) && stage > 0
                    ? Optional.of(new ScoreOutput(run.output(SCORES), STAGES.get(stage - 1), true))
                    : Optional.empty();
            Tensor y = run.output(0);
            MemorySegment computed = precision.target(run, y);
            ScaledDotProduct.attend(
                    lowering.kernels(),
                    run,
                    precision.type(),
                    sizes,
                    tokens.q(),
                    k,
                    v,
                    scale.isPresent() ? scale.get() : 1 / Math.sqrt(sizes.size()),
                    ScoreBias.of(run, precision.type(), sizes, parts),
                    new ScaledDotProduct.Extras(softCap, sinks(run, precision, sizes, smooth), output),
                    TokenVectors.side(computed, sizes.heads(), sizes.queries(), sizes.size()));
            precision.write(run, computed, y);
        });
    }

    private static Optional<double[]> sinks(
            StepRun run, ComputePrecision precision, AttentionSizes sizes, boolean smooth) {
        double[] sinks = new double[sizes.heads()];
        if (run.has(SINK)) {
            if (run.input(SINK).shape().elements() != sinks.length) {
                throw new IllegalArgumentException("head_sink: expected " + sinks.length + " numbers, got "
                        + run.input(SINK).shape());
            }
            MemorySegment given = precision.read(run, run.input(SINK));
            Arrays.setAll(sinks, head -> ComputeElements.get(given, precision.type(), head));
            return Optional.of(sinks);
        }
        return smooth ? Optional.of(sinks) : Optional.empty();
    }
}
