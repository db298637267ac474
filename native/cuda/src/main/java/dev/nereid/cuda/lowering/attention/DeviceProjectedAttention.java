package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.device.DeviceTokens.Growth;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.MultiHeadAttention;
import dev.nereid.models.operators.attention.ProjectedAttention;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link ProjectedAttention} of FP32 on a device: one product, caches joined, then one kernel. */
record DeviceProjectedAttention(Attributes attributes, DevicePadding padding) {
    private static final int PRESENT = 1;

    private static final int[] READS = {
        0,
        ProjectedAttention.WEIGHTS,
        ProjectedAttention.BIAS,
        ProjectedAttention.MASK,
        ProjectedAttention.PAST,
        ProjectedAttention.SCORE_BIAS
    };

    /** The node's step; empty where it asks for more than the kernels have. */
    static Optional<DeviceStep> step(Inference node, DeviceCapabilities capabilities) {
        Attributes attributes = node.attributes();
        DevicePadding padding = new DevicePadding(
                ProjectedAttention.MASK, ProjectedAttention.SCORE_BIAS, attributes.real("mask_filter_value", -10000f));
        boolean plain = attributes.integer("do_rotary", 0) == 0
                && !node.has(ProjectedAttention.PAST_LENGTH)
                && !node.has(ProjectedAttention.BEAMS);
        boolean floats = node.type(0).dataType() == DataType.FP32
                && DeviceTokenSteps.areAlike(
                        node,
                        ProjectedAttention.WEIGHTS,
                        ProjectedAttention.BIAS,
                        ProjectedAttention.PAST,
                        ProjectedAttention.SCORE_BIAS);
        if (!plain || !floats || !fits(node, capabilities) || !padding.fits(node, capabilities)) {
            return Optional.empty();
        }
        DeviceProjectedAttention attention = new DeviceProjectedAttention(attributes, padding);
        return Optional.of(DeviceStep.computing(
                        IntStream.of(READS).filter(node::has).boxed().toList(),
                        run -> attention.pieces(run, attention.sizes(run)).bytes(),
                        attention::run)
                .withConstants(padding::constants));
    }

    private static boolean fits(Inference node, DeviceCapabilities capabilities) {
        TensorType weights = node.type(ProjectedAttention.WEIGHTS);
        if (!weights.dim(1).isKnown()) {
            return false;
        }
        long third = weights.dim(1).value() / 3;
        long[] widths = ProjectedAttention.widths(node.attributes()).orElse(new long[] {third, third, third});
        long most = (long) MultiHeadAttention.heads(node.attributes()) * capabilities.mostHeadSize();
        boolean caches = node.has(ProjectedAttention.PAST) || DeviceTokenSteps.wants(node, PRESENT);
        return widths[1] <= most && widths[2] <= most && (!caches || widths[1] == widths[2]);
    }

    private AttentionSizes sizes(DeviceRun run) {
        Optional<Shape> bias = run.has(ProjectedAttention.BIAS)
                ? Optional.of(run.input(ProjectedAttention.BIAS).shape())
                : Optional.empty();
        return ProjectedAttention.sizes(
                attributes,
                run.input(0).shape(),
                run.input(ProjectedAttention.WEIGHTS).shape(),
                bias,
                before(run));
    }

    private static int before(DeviceRun run) {
        return run.has(ProjectedAttention.PAST)
                ? Math.toIntExact(run.input(ProjectedAttention.PAST).shape().dim(3))
                : 0;
    }

    /** Where in scratch memory the projections are, the product's own, the cache and the mask. */
    private record Pieces(long projections, long product, long cache, long mask, long bytes) {}

    private Pieces pieces(DeviceRun run, AttentionSizes sizes) {
        DeviceScratch scratch = new DeviceScratch();
        DeviceProduct product = product(run, sizes);
        long projections = scratch.piece((long) Float.BYTES * product.m() * product.n());
        long own = scratch.piece(run.kernels().productBytes(1, product.m(), product.n(), product.k()));
        long tokens = (long) sizes.batch() * sizes.heads() * sizes.keys();
        boolean cached = run.has(ProjectedAttention.PAST) && !run.wants(PRESENT);
        long cache = scratch.piece(cached ? 2L * Float.BYTES * tokens * sizes.size() : 0);
        return new Pieces(projections, own, cache, scratch.piece(padding.bytes(run)), scratch.bytes());
    }

    private static DeviceProduct product(DeviceRun run, AttentionSizes sizes) {
        Shape weights = run.input(ProjectedAttention.WEIGHTS).shape();
        DeviceProduct plain = DeviceProduct.plain(
                Math.multiplyExact(sizes.batch(), sizes.queries()),
                Math.toIntExact(weights.dim(1)),
                Math.toIntExact(weights.dim(0)));
        return run.has(ProjectedAttention.BIAS)
                ? plain.adding(run.input(ProjectedAttention.BIAS).address(), 0, 1)
                : plain;
    }

    private void run(DeviceRun run) {
        AttentionSizes sizes = sizes(run);
        Pieces pieces = pieces(run, sizes);
        long all = run.scratch() + pieces.projections();
        DeviceProduct product = product(run, sizes);
        run.kernels()
                .multiply(
                        product,
                        run.input(0).address(),
                        run.input(ProjectedAttention.WEIGHTS).address(),
                        all,
                        run.scratch() + pieces.product());
        int[] strides = {sizes.queries() * product.n(), sizes.size(), product.n()};
        long hidden = (long) sizes.heads() * sizes.size();
        DeviceVectors q = new DeviceVectors(all, strides);
        DeviceVectors k = q.from(hidden, DataType.FP32);
        DeviceVectors v = new DeviceVectors(
                q.from(2 * hidden, DataType.FP32).address(), new int[] {strides[0], sizes.valueSize(), strides[2]});
        if (run.has(ProjectedAttention.PAST) || run.wants(PRESENT)) {
            long y = run.wants(PRESENT) ? run.output(PRESENT).address() : run.scratch() + pieces.cache();
            k = joined(run, sizes, k, 0, y);
            v = joined(run, sizes, v, 1, y);
        }
        boolean causal = attributes.integer("unidirectional", 0) != 0;
        DeviceTokenSteps.attend(
                run,
                DataType.FP32,
                sizes,
                q,
                k,
                v,
                attributes.real("scale").filter(factor -> factor != 0).orElse((float) (1 / Math.sqrt(sizes.size()))),
                padding.of(run, sizes, run.scratch() + pieces.mask()),
                new DeviceAttentionWindow(0, Counts.NONE, before(run), 0, -1, causal ? 0 : -1, true),
                DeviceVectors.side(run.output(0).address(), sizes.heads(), sizes.queries(), sizes.valueSize()));
    }

    /** The keys, half 0 of a cache, or the values, half 1, of the past and of this run. */
    private static DeviceVectors joined(
            DeviceRun run, AttentionSizes sizes, DeviceVectors current, int half, long cache) {
        int before = before(run);
        long past = 0;
        if (run.has(ProjectedAttention.PAST)) {
            Shape shape = run.input(ProjectedAttention.PAST).shape();
            ProjectedAttention.requireCache(shape, sizes.batch(), sizes.heads(), sizes.size());
            past = run.input(ProjectedAttention.PAST).address() + half * shape.elements() / 2 * Float.BYTES;
        }
        long each = (long) sizes.batch() * sizes.heads() * sizes.keys() * sizes.size();
        long y = cache + half * each * Float.BYTES;
        Growth growth = new Growth(
                sizes.batch(),
                sizes.heads(),
                before,
                sizes.keys(),
                sizes.size(),
                current.strides(),
                Pasts.of(before, sizes.queries()));
        run.kernels().tokens().append(Float.BYTES, growth, past, current.address(), y);
        return DeviceVectors.stacked(y, sizes.heads(), sizes.keys(), sizes.size());
    }
}
