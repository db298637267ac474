package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.MultiHeadAttention;
import dev.nereid.models.operators.attention.ProjectedHeads;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@link MultiHeadAttention} on a device: biases added, caches joined, then one kernel. Numbers of 16 bits are computed as they
 * are where nothing is added to them.
 */
record DeviceMultiHead(MultiHeadAttention of, Attributes attributes, DataType type, DevicePadding padding) {
    private static final int PRESENT_KEY = 1;
    private static final int PRESENT_VALUE = 2;
    private static final int SCORES = 3;

    /** Elements that an operand's memory begins at a multiple of. */
    private static final int ALIGNED = 4;

    /** The node's step; empty where it asks for more than the kernels have. */
    static Optional<DeviceStep> step(MultiHeadAttention of, Inference node, DeviceCapabilities capabilities) {
        Attributes attributes = node.attributes();
        int heads = MultiHeadAttention.heads(attributes);
        DataType type = node.type(0).dataType();
        DevicePadding padding =
                new DevicePadding(of.mask(), of.scoreBias(), attributes.real("mask_filter_value", -10000f));
        boolean plain = !node.has(of.pastLength())
                && (of.beams() < 0 || !node.has(of.beams()))
                && !DeviceTokenSteps.wants(node, SCORES)
                && node.has(of.pastKey()) == node.has(of.pastValue());
        boolean alike = DeviceTokenSteps.areAlike(node, 1, 2, of.bias(), of.scoreBias(), of.pastKey(), of.pastValue());
        if (!plain || !alike || !isLaidOut(node) || !padding.fits(node, capabilities)) {
            return Optional.empty();
        }
        boolean adds = node.has(of.bias()) || node.has(of.mask());
        ProjectedHeads.Dims dims = ProjectedHeads.dims(node, heads);
        if (!isKnown(dims.size(), capabilities)
                || !isKnown(dims.valueSize(), capabilities)
                || (adds && type != DataType.FP32)
                || (node.has(of.bias()) && heads * dims.size().value() % ALIGNED != 0)) {
            return Optional.empty();
        }
        DeviceMultiHead attention = new DeviceMultiHead(of, attributes, type, padding);
        List<Integer> reads = IntStream.of(0, 1, 2, of.bias(), of.mask(), of.scoreBias(), of.pastKey(), of.pastValue())
                .filter(node::has)
                .boxed()
                .toList();
        return Optional.of(DeviceStep.computing(
                        reads,
                        run -> attention.pieces(run, attention.sizes(run)).bytes(),
                        attention::run)
                .withConstants(padding::constants));
    }

    /** Whether queries, keys and values are each by themselves or all in one, or keys and values as a cache has them. */
    private static boolean isLaidOut(Inference node) {
        if (node.type(0).rank() != 3) {
            return false;
        }
        if (!node.has(1)) {
            return !node.has(2);
        }
        int rank = node.type(1).rank();
        return node.has(2) && (rank == 3 || rank == 4) && node.type(2).rank() == rank;
    }

    private static boolean isKnown(Dim size, DeviceCapabilities capabilities) {
        return size.isKnown() && size.value() <= capabilities.mostHeadSize();
    }

    private AttentionSizes sizes(DeviceRun run) {
        AttentionSizes sizes = shapes(run);
        long biases = (long) sizes.heads() * (2L * sizes.size() + sizes.valueSize());
        if (run.has(of.bias())) {
            Shape given = run.input(of.bias()).shape();
            require(given.elements() == biases, of.bias(), biases + " numbers", given);
        }
        return sizes;
    }

    private AttentionSizes shapes(DeviceRun run) {
        int heads = MultiHeadAttention.heads(attributes);
        Shape q = run.input(0).shape();
        long before = run.has(of.pastKey()) ? run.input(of.pastKey()).shape().dim(2) : 0;
        if (run.has(of.pastKey()) && run.input(of.pastValue()).shape().dim(2) != before) {
            throw new IllegalArgumentException("past_value: expected as many tokens as past_key has, " + before
                    + ", got shape " + run.input(of.pastValue()).shape());
        }
        if (!run.has(1)) {
            require(q.dim(2) % (3L * heads) == 0, 0, "[batch,tokens,3 * " + heads + " * size]", q);
            return sizes(q, heads, before + q.dim(1), q.dim(2) / (3L * heads), q.dim(2) / (3L * heads));
        }
        require(q.dim(2) % heads == 0, 0, "[batch,tokens," + heads + " * size]", q);
        Shape k = run.input(1).shape();
        Shape v = run.input(2).shape();
        long size = q.dim(2) / heads;
        long tokens = k.dim(-2);
        boolean cached = k.rank() == 4;
        Shape wanted = cached ? Shape.of(q.dim(0), heads, tokens, size) : Shape.of(q.dim(0), tokens, heads * size);
        require(k.equals(wanted), 1, wanted.toString(), k);
        boolean fits =
                v.dim(0) == q.dim(0) && v.dim(-2) == tokens && (cached ? v.dim(1) == heads : v.dim(2) % heads == 0);
        require(fits, 2, "values of " + heads + " heads and " + tokens + " tokens", v);
        return sizes(q, heads, before + tokens, size, cached ? v.dim(3) : v.dim(2) / heads);
    }

    private static AttentionSizes sizes(Shape q, int heads, long keys, long size, long valueSize) {
        return new AttentionSizes(
                Math.toIntExact(q.dim(0)),
                heads,
                heads,
                Math.toIntExact(q.dim(1)),
                Math.toIntExact(keys),
                Math.toIntExact(size),
                Math.toIntExact(valueSize));
    }

    private static void require(boolean condition, int input, String expected, Shape got) {
        if (!condition) {
            throw new IllegalArgumentException("input " + input + ": expected " + expected + ", got " + got);
        }
    }

    /** Where in scratch memory the sums with biases are, the keys and values of all tokens, and the mask. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Pieces(long[] sums, long keys, long values, long mask, long bytes) {}

    private Pieces pieces(DeviceRun run, AttentionSizes sizes) {
        DeviceScratch scratch = new DeviceScratch();
        long[] sums = new long[3];
        for (int input = 0; input < sums.length; input++) {
            boolean summed = run.has(of.bias())
                    && run.has(input)
                    && run.input(input).shape().rank() == 3;
            sums[input] =
                    scratch.piece(summed ? (long) Float.BYTES * run.input(input).length() : 0);
        }
        long tokens = (long) sizes.batch() * sizes.heads() * sizes.keys();
        long keys = scratch.piece(
                DeviceTokenSteps.joinedBytes(run, type, of.pastKey(), PRESENT_KEY, tokens * sizes.size()));
        long values = scratch.piece(
                DeviceTokenSteps.joinedBytes(run, type, of.pastValue(), PRESENT_VALUE, tokens * sizes.valueSize()));
        return new Pieces(sums, keys, values, scratch.piece(padding.bytes(run)), scratch.bytes());
    }

    private void run(DeviceRun run) {
        AttentionSizes sizes = sizes(run);
        Pieces pieces = pieces(run, sizes);
        int hidden = sizes.heads() * sizes.size();
        int before = run.has(of.pastKey())
                ? Math.toIntExact(run.input(of.pastKey()).shape().dim(2))
                : 0;
        DeviceVectors q;
        DeviceVectors k;
        DeviceVectors v;
        if (run.has(1)) {
            q = vectors(run, sizes, 0, sizes.size(), 0, pieces);
            k = vectors(run, sizes, 1, sizes.size(), hidden, pieces);
            v = vectors(run, sizes, 2, sizes.valueSize(), 2 * hidden, pieces);
        } else {
            long all = summed(run, 0, 0, run.scratch() + pieces.sums()[0]);
            q = DeviceVectors.side(all, 3 * sizes.heads(), sizes.queries(), sizes.size());
            k = q.from(hidden, type);
            v = q.from(2L * hidden, type);
        }
        Pasts pasts = Pasts.of(before, sizes.keys() - before);
        DeviceVectors keys =
                join(run, sizes, k, sizes.size(), pasts, of.pastKey(), PRESENT_KEY, run.scratch() + pieces.keys());
        DeviceVectors values = join(
                run,
                sizes,
                v,
                sizes.valueSize(),
                pasts,
                of.pastValue(),
                PRESENT_VALUE,
                run.scratch() + pieces.values());
        boolean causal = attributes.integer("unidirectional", 0) != 0;
        DeviceTokenSteps.attend(
                run,
                type,
                sizes,
                q,
                keys,
                values,
                attributes.real("scale").filter(factor -> factor != 0).orElse((float) (1 / Math.sqrt(sizes.size()))),
                padding.of(run, sizes, run.scratch() + pieces.mask()),
                new DeviceAttentionWindow(0, Counts.NONE, before, 0, -1, causal ? 0 : -1, true),
                DeviceVectors.side(run.output(0).address(), sizes.heads(), sizes.queries(), sizes.valueSize()));
    }

    private DeviceVectors vectors(
            DeviceRun run, AttentionSizes sizes, int input, int size, int biasFrom, Pieces pieces) {
        Shape shape = run.input(input).shape();
        int tokens = Math.toIntExact(shape.dim(-2));
        return shape.rank() == 4
                ? DeviceVectors.stacked(run.input(input).address(), sizes.heads(), tokens, size)
                : DeviceVectors.side(
                        summed(run, input, biasFrom, run.scratch() + pieces.sums()[input]),
                        sizes.heads(),
                        tokens,
                        size);
    }

    /** An input with its biases, those from an element on: its own memory where there are none. */
    private long summed(DeviceRun run, int input, int biasFrom, long memory) {
        long x = run.input(input).address();
        if (!run.has(of.bias())) {
            return x;
        }
        Shape shape = run.input(input).shape();
        int width = Math.toIntExact(shape.dim(2));
        long[] dims = {shape.elements(0, 2), width};
        run.kernels()
                .elementwise()
                .binary(
                        BinaryOp.ADD,
                        type,
                        x,
                        run.input(of.bias()).address() + (long) biasFrom * type.bytes(),
                        memory,
                        BroadcastStrides.of(dims, List.of(BroadcastStrides.dense(dims), new long[] {0, 1})));
        return memory;
    }

    private DeviceVectors join(
            DeviceRun run,
            AttentionSizes sizes,
            DeviceVectors current,
            int size,
            Pasts pasts,
            int past,
            int present,
            long scratch) {
        return DeviceTokenSteps.join(
                run, type, current, sizes.batch(), sizes.heads(), size, sizes.keys(), pasts, past, present, scratch);
    }
}
