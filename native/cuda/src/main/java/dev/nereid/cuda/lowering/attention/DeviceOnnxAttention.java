package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.attention.Attention;
import dev.nereid.models.operators.attention.Attention.Window;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@link Attention} on a device: caches joined, then one kernel. */
record DeviceOnnxAttention(Attributes attributes, DataType type, Optional<Float> scale, Window window) {
    private static final List<Integer> INPUTS =
            IntStream.rangeClosed(Attention.Q, Attention.LENGTHS).boxed().toList();

    /** The node's step; empty where it asks for more than the kernel has. */
    static Optional<DeviceStep> step(Inference node, DeviceCapabilities capabilities) {
        Attributes attributes = node.attributes();
        long asked = attributes.integer("softmax_precision", 0);
        boolean plain = attributes.real("softcap", 0f) == 0
                && !DeviceTokenSteps.wants(node, Attention.SCORES)
                && (asked == 0 || OnnxTypes.dataType(asked) != DataType.FP64);
        boolean mask = !node.has(Attention.MASK)
                || node.type(Attention.MASK).dataType() == DataType.BOOL
                || DeviceTokenSteps.areAlike(node, Attention.MASK);
        boolean alike =
                DeviceTokenSteps.areAlike(node, Attention.K, Attention.V, Attention.PAST_KEY, Attention.PAST_VALUE);
        if (!plain || !mask || !alike || !fits(node, capabilities.mostHeadSize())) {
            return Optional.empty();
        }
        DeviceOnnxAttention attention = new DeviceOnnxAttention(
                attributes,
                node.type(Attention.Q).dataType(),
                attributes.real("scale").filter(factor -> factor != 0),
                Window.of(attributes));
        return Optional.of(DeviceStep.computing(
                INPUTS.stream().filter(node::has).toList(),
                run -> attention.pieces(run, attention.sizes(run)).bytes(),
                attention::run));
    }

    private static boolean fits(Inference node, int mostHeadSize) {
        TensorType q = node.type(Attention.Q);
        boolean flat = q.rank() == 3;
        return fits(q, flat ? node.attributes().integer("q_num_heads", 1) : 1, mostHeadSize)
                && fits(node.type(Attention.V), flat ? node.attributes().integer("kv_num_heads", 1) : 1, mostHeadSize);
    }

    private static boolean fits(TensorType type, long heads, int mostHeadSize) {
        Dim width = type.dim(-1);
        return width.isKnown() && width.value() <= heads * mostHeadSize;
    }

    private AttentionSizes sizes(DeviceRun run) {
        return Attention.sizes(
                attributes,
                run.input(Attention.Q).shape(),
                run.input(Attention.K).shape(),
                run.input(Attention.V).shape(),
                past(run, Attention.PAST_KEY),
                past(run, Attention.PAST_VALUE));
    }

    private static long past(DeviceRun run, int input) {
        return run.has(input) ? run.input(input).shape().dim(2) : 0;
    }

    /** Where in scratch memory the keys and the values of all tokens are. */
    private record Pieces(long keys, long values, long bytes) {}

    private Pieces pieces(DeviceRun run, AttentionSizes sizes) {
        DeviceScratch scratch = new DeviceScratch();
        long tokens = (long) sizes.batch() * sizes.keyHeads() * sizes.keys();
        long keys = scratch.piece(DeviceTokenSteps.joinedBytes(
                run, type, Attention.PAST_KEY, Attention.PRESENT_KEY, tokens * sizes.size()));
        long values = scratch.piece(DeviceTokenSteps.joinedBytes(
                run, type, Attention.PAST_VALUE, Attention.PRESENT_VALUE, tokens * sizes.valueSize()));
        return new Pieces(keys, values, scratch.bytes());
    }

    private void run(DeviceRun run) {
        AttentionSizes sizes = sizes(run);
        Pieces pieces = pieces(run, sizes);
        DeviceVectors k =
                all(run, sizes, Attention.K, Attention.PAST_KEY, Attention.PRESENT_KEY, sizes.size(), pieces.keys());
        DeviceVectors v = all(
                run,
                sizes,
                Attention.V,
                Attention.PAST_VALUE,
                Attention.PRESENT_VALUE,
                sizes.valueSize(),
                pieces.values());
        DeviceMask mask = run.has(Attention.MASK)
                ? DeviceMask.of(run.input(Attention.MASK), sizes)
                : DeviceMask.none(sizes.keys());
        DeviceTokenSteps.attend(
                run,
                type,
                sizes,
                vectors(run.input(Attention.Q), sizes.heads(), sizes.queries(), sizes.size()),
                k,
                v,
                scale.isPresent() ? scale.get() : (float) (1 / Math.sqrt(sizes.size())),
                mask,
                window(run, sizes),
                vectors(run.output(0), sizes.heads(), sizes.queries(), sizes.valueSize()));
    }

    private static DeviceVectors vectors(DeviceTensor tensor, int heads, int tokens, int size) {
        return tensor.shape().rank() == 3
                ? DeviceVectors.side(tensor.address(), heads, tokens, size)
                : DeviceVectors.stacked(tensor.address(), heads, tokens, size);
    }

    /** The keys, or the values, of the past and of this run. */
    private DeviceVectors all(
            DeviceRun run, AttentionSizes sizes, int current, int past, int present, int size, long piece) {
        DeviceTensor tensor = run.input(current);
        int tokens = Math.toIntExact(tensor.shape().dim(-2));
        return DeviceTokenSteps.join(
                run,
                type,
                vectors(tensor, sizes.keyHeads(), tokens, size),
                sizes.batch(),
                sizes.keyHeads(),
                size,
                sizes.keys(),
                Pasts.of(sizes.keys() - tokens, tokens),
                past,
                present,
                run.scratch() + piece);
    }

    private DeviceAttentionWindow window(DeviceRun run, AttentionSizes sizes) {
        boolean counted = run.has(Attention.LENGTHS);
        if (counted) {
            Shape given = run.input(Attention.LENGTHS).shape();
            if (given.elements() != sizes.batch()) {
                throw new IllegalArgumentException("nonpad_kv_seqlen: expected a number for each of " + sizes.batch()
                        + " items, got " + given.elements());
            }
        }
        Counts counts = counted ? new Counts(run.input(Attention.LENGTHS).address(), DataType.INT64, 0) : Counts.NONE;
        boolean last = counted && !run.has(Attention.PAST_KEY);
        return new DeviceAttentionWindow(
                0,
                counts,
                last ? -1 : Math.toIntExact(past(run, Attention.PAST_KEY)),
                DeviceAttentionWindow.ANYWHERE,
                DeviceTokenSteps.window(window.left()),
                DeviceTokenSteps.window(window.right()),
                true);
    }
}
