package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceTokens;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.GroupQueryAttention;
import dev.nereid.models.operators.attention.QuantizedCache;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@link GroupQueryAttention} on a device: queries and keys turned, caches joined, then one kernel. What it needs to know of
 * total_sequence_length is the shape of its caches.
 */
record DeviceGroupQuery(Attributes attributes, DataType type, boolean turns, int left) {
    /** What the node must not have here: quantised caches' scales, positions of its own, sinks, norms. */
    private static final List<Integer> UNKNOWN = List.of(
            GroupQueryAttention.POSITIONS,
            GroupQueryAttention.SINK,
            GroupQueryAttention.KEY_SCALE,
            GroupQueryAttention.VALUE_SCALE,
            GroupQueryAttention.QUERY_NORM,
            GroupQueryAttention.KEY_NORM);

    private static final int[] READS = {
        GroupQueryAttention.Q,
        GroupQueryAttention.K,
        GroupQueryAttention.V,
        GroupQueryAttention.PAST_KEY,
        GroupQueryAttention.PAST_VALUE,
        GroupQueryAttention.COSINES,
        GroupQueryAttention.SINES,
        GroupQueryAttention.SCORE_BIAS
    };

    /** The node's step; empty where it asks for more than the kernels have. */
    static Optional<DeviceStep> step(Inference node, DeviceCapabilities capabilities) {
        Attributes attributes = node.attributes();
        boolean plain = attributes.real("softcap", 0f) == 0
                && attributes.integer("smooth_softmax", 0) <= 0
                && !(DeviceTokenSteps.wants(node, GroupQueryAttention.SCORES) && attributes.integer("qk_output", 0) > 0)
                && QuantizedCache.of(attributes, "k_quant_type").isEmpty()
                && QuantizedCache.of(attributes, "v_quant_type").isEmpty()
                && UNKNOWN.stream().noneMatch(node::has);
        boolean turns = attributes.integer("do_rotary", 0) != 0;
        boolean angles = !turns || (node.has(GroupQueryAttention.COSINES) && node.has(GroupQueryAttention.SINES));
        Dim width = node.type(GroupQueryAttention.Q).dim(-1);
        boolean fits = width.isKnown()
                && width.value() / parts(attributes, node.has(GroupQueryAttention.K)) <= capabilities.mostHeadSize();
        if (!plain || !angles || !fits || !DeviceTokenSteps.areAlike(node, READS)) {
            return Optional.empty();
        }
        boolean causal = attributes.integer("causal", 1) != 0;
        long window = attributes.integer("local_window_size", -1);
        DeviceGroupQuery attention = new DeviceGroupQuery(
                attributes,
                node.type(GroupQueryAttention.Q).dataType(),
                turns,
                causal && window > 0 ? DeviceTokenSteps.window(window - 1) : -1);
        List<Integer> reads = IntStream.concat(IntStream.of(READS), IntStream.of(GroupQueryAttention.LENGTHS))
                .filter(node::has)
                .boxed()
                .toList();
        return Optional.of(DeviceStep.computing(
                reads, run -> attention.pieces(run, attention.sizes(run)).bytes(), attention::run));
    }

    /** Heads that lie in one token of input 0. */
    private static long parts(Attributes attributes, boolean apart) {
        int heads = GroupQueryAttention.heads(attributes, "num_heads");
        return apart ? heads : heads + 2L * GroupQueryAttention.heads(attributes, "kv_num_heads");
    }

    /** With as many keys as the caches have room for. */
    private AttentionSizes sizes(DeviceRun run) {
        Shape q = run.input(GroupQueryAttention.Q).shape();
        long parts = parts(attributes, run.has(GroupQueryAttention.K));
        if (q.rank() != 3 || q.dim(2) % parts != 0) {
            throw new IllegalArgumentException(
                    "input 0: expected the shape [batch,tokens," + parts + " * size], got " + q);
        }
        int size = Math.toIntExact(q.dim(2) / parts);
        int keyHeads = GroupQueryAttention.heads(attributes, "kv_num_heads");
        Shape expected = Shape.of(q.dim(0), q.dim(1), (long) keyHeads * size);
        for (int input : new int[] {GroupQueryAttention.K, GroupQueryAttention.V}) {
            if (run.has(GroupQueryAttention.K)
                    && (!run.has(input) || !run.input(input).shape().equals(expected))) {
                throw new IllegalArgumentException("input " + input + ": expected the shape " + expected + ", got "
                        + (run.has(input) ? run.input(input).shape() : "none"));
            }
        }
        if (run.input(GroupQueryAttention.LENGTHS).shape().elements() != q.dim(0)) {
            throw new IllegalArgumentException("expected a length for each of " + q.dim(0) + " items, got "
                    + run.input(GroupQueryAttention.LENGTHS).shape().elements());
        }
        return new AttentionSizes(
                Math.toIntExact(q.dim(0)),
                GroupQueryAttention.heads(attributes, "num_heads"),
                keyHeads,
                Math.toIntExact(q.dim(1)),
                Math.toIntExact(capacity(run, q.dim(1))),
                size,
                size);
    }

    private static long capacity(DeviceRun run, long tokens) {
        for (int present : new int[] {GroupQueryAttention.PRESENT_KEY, GroupQueryAttention.PRESENT_VALUE}) {
            if (run.wants(present)) {
                return run.output(present).shape().dim(2);
            }
        }
        long past = run.has(GroupQueryAttention.PAST_KEY)
                ? run.input(GroupQueryAttention.PAST_KEY).shape().dim(2)
                : 0;
        return past + tokens;
    }

    /** Where in scratch memory turned queries and keys are, and the keys and values of all tokens. */
    private record Pieces(long q, long k, long keys, long values, long bytes) {}

    private Pieces pieces(DeviceRun run, AttentionSizes sizes) {
        DeviceScratch scratch = new DeviceScratch();
        long turned = turns ? (long) sizes.batch() * sizes.queries() * sizes.size() * type.bytes() : 0;
        long cache = (long) sizes.batch() * sizes.keyHeads() * sizes.keys() * sizes.size() * type.bytes();
        long q = scratch.piece(turned * sizes.heads());
        long k = scratch.piece(turned * sizes.keyHeads());
        long keys = scratch.piece(run.wants(GroupQueryAttention.PRESENT_KEY) ? 0 : cache);
        long values = scratch.piece(run.wants(GroupQueryAttention.PRESENT_VALUE) ? 0 : cache);
        return new Pieces(q, k, keys, values, scratch.bytes());
    }

    private void run(DeviceRun run) {
        AttentionSizes sizes = sizes(run);
        Pieces pieces = pieces(run, sizes);
        Counts totals = new Counts(run.input(GroupQueryAttention.LENGTHS).address(), DataType.INT32, 1);
        Pasts pasts = new Pasts(totals, sizes.queries(), 0);
        DeviceVectors q = vectors(run, sizes, GroupQueryAttention.Q, sizes.heads(), 0);
        DeviceVectors k = vectors(run, sizes, GroupQueryAttention.K, sizes.keyHeads(), sizes.heads());
        DeviceVectors v =
                vectors(run, sizes, GroupQueryAttention.V, sizes.keyHeads(), sizes.heads() + sizes.keyHeads());
        if (turns) {
            q = turned(run, sizes, pasts, q, sizes.heads(), run.scratch() + pieces.q());
            k = turned(run, sizes, pasts, k, sizes.keyHeads(), run.scratch() + pieces.k());
        }
        DeviceVectors keys = joined(
                run,
                sizes,
                pasts,
                k,
                GroupQueryAttention.PAST_KEY,
                GroupQueryAttention.PRESENT_KEY,
                run.scratch() + pieces.keys());
        DeviceVectors values = joined(
                run,
                sizes,
                pasts,
                v,
                GroupQueryAttention.PAST_VALUE,
                GroupQueryAttention.PRESENT_VALUE,
                run.scratch() + pieces.values());
        boolean causal = attributes.integer("causal", 1) != 0;
        DeviceMask mask = run.has(GroupQueryAttention.SCORE_BIAS)
                ? DeviceMask.of(run.input(GroupQueryAttention.SCORE_BIAS), sizes)
                : DeviceMask.none(sizes.keys());
        float scale =
                attributes.real("scale").filter(factor -> factor != 0).orElse((float) (1 / Math.sqrt(sizes.size())));
        DeviceTokenSteps.attend(
                run,
                type,
                sizes,
                q,
                keys,
                values,
                scale,
                mask,
                new DeviceAttentionWindow(0, totals, -1, 0, left, causal ? 0 : -1, true),
                DeviceVectors.side(run.output(0).address(), sizes.heads(), sizes.queries(), sizes.size()));
    }

    /** The vectors of an input, or those in input 0 behind so many of its heads. */
    private DeviceVectors vectors(DeviceRun run, AttentionSizes sizes, int input, int heads, int behind) {
        if (run.has(GroupQueryAttention.K)) {
            return DeviceVectors.side(run.input(input).address(), heads, sizes.queries(), sizes.size());
        }
        int parts = sizes.heads() + 2 * sizes.keyHeads();
        return DeviceVectors.side(run.input(GroupQueryAttention.Q).address(), parts, sizes.queries(), sizes.size())
                .from((long) behind * sizes.size(), type);
    }

    private DeviceVectors turned(
            DeviceRun run, AttentionSizes sizes, Pasts pasts, DeviceVectors x, int heads, long memory) {
        Shape angles = run.input(GroupQueryAttention.COSINES).shape();
        Shape sines = run.input(GroupQueryAttention.SINES).shape();
        if (angles.rank() != 2 || !angles.equals(sines) || 2 * angles.dim(1) > sizes.size()) {
            throw new IllegalArgumentException("expected cosines and sines [positions,rotated / 2] of at most half of "
                    + sizes.size() + " elements, got " + angles + " and " + sines);
        }
        DeviceVectors y = DeviceVectors.side(memory, heads, sizes.queries(), sizes.size());
        DeviceTokens.Rotation rotation = new DeviceTokens.Rotation(
                sizes.batch(),
                heads,
                sizes.queries(),
                sizes.size(),
                Math.toIntExact(angles.dim(1)),
                Math.toIntExact(angles.dim(0)),
                attributes.integer("rotary_interleaved", 0) != 0,
                x.strides(),
                y.strides(),
                pasts,
                new int[2],
                new int[] {0, 1});
        run.kernels()
                .tokens()
                .rotate(
                        type,
                        rotation,
                        x.address(),
                        run.input(GroupQueryAttention.COSINES).address(),
                        run.input(GroupQueryAttention.SINES).address(),
                        0,
                        memory);
        return y;
    }

    /** The cache is always written, for tokens of several items lie at places of their own. */
    private DeviceVectors joined(
            DeviceRun run,
            AttentionSizes sizes,
            Pasts pasts,
            DeviceVectors current,
            int past,
            int present,
            long scratch) {
        return DeviceTokenSteps.append(
                run,
                type,
                current,
                sizes.batch(),
                sizes.keyHeads(),
                sizes.size(),
                sizes.keys(),
                pasts,
                past,
                run.wants(present) ? run.output(present).address() : scratch);
    }
}
