package dev.nereid.models.operators.linear;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.PackedTextBounds;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.SegmentAttention and SegmentSelfAttention, which passes emit: FusedAttention and FusedSelfAttention of texts
 * that stand one behind the other, each with itself alone. What a text gets is bit for bit what it would get alone.
 *
 * <p>Inputs: those of the other operator with a batch of 1, its mask first left out, then behind them: ends: [texts],
 * integers, where each text ends; mask, optional, {@code FP32}: [1, heads or 1, 1, tokens]. Output and attributes as
 * there.
 *
 * @param joined whether q, k and v lie side by side in one input
 */
record SegmentAttention(boolean joined) implements Operator {
    private static final int PROJECTIONS = 3;

    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 2_000_000;

    /** Tasks for each worker, so that one that is held up does not hold up all. */
    private static final int TASKS = 2;

    private int ends() {
        return joined ? 1 : PROJECTIONS;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        for (int input = 0; input < ends(); input++) {
            TensorType type = inference.type(input);
            if (type.dataType() != DataType.FP32 || !type.hasRank() || type.rank() != 3) {
                throw new ModelFormatException("input " + input + ": expected a tensor of FP32 of rank 3, got " + type);
            }
        }
        TensorType q = inference.type(0);
        Dim width = joined
                ? q.dim(2).floorDivide(Dim.of(PROJECTIONS))
                : inference.type(2).dim(2);
        return List.of(TensorType.of(DataType.FP32, List.of(q.dim(0), q.dim(1), width)));
    }

    @Override
    public void lower(Lowering lowering) {
        AttentionKernels kernels = lowering.kernels().attention();
        int heads = FusedAttention.heads(lowering.attributes());
        float scale = lowering.attributes().real("scale", 1f);
        lowering.step(run -> new Run(run, kernels, heads, scale).attend());
    }

    /** One execution. */
    private final class Run {
        private final StepRun run;
        private final AttentionKernels kernels;
        private final float scale;
        private final PackedTextBounds texts;
        private final int heads;
        private final int size;
        private final int valueSize;
        private final Heads q;
        private final Heads k;
        private final Heads v;
        private final Heads y;
        private final Optional<AttentionMask> mask;

        Run(StepRun run, AttentionKernels kernels, int heads, float scale) {
            this.run = run;
            this.kernels = kernels;
            this.heads = heads;
            this.scale = scale;
            Shape first = run.input(0).shape();
            int tokens = Math.toIntExact(first.dim(1));
            long width = joined ? first.dim(2) / PROJECTIONS : first.dim(2);
            long valueWidth = joined ? width : run.input(2).shape().dim(2);
            boolean fits = first.dim(0) == 1
                    && width % heads == 0
                    && valueWidth % heads == 0
                    && (!joined || first.dim(2) % PROJECTIONS == 0)
                    && (joined
                            || (run.input(1).shape().equals(first)
                                    && run.input(2).shape().dim(1) == tokens));
            if (!fits) {
                throw new IllegalArgumentException("expected q, k and v of " + heads + " heads, got " + first);
            }
            size = Math.toIntExact(width / heads);
            valueSize = Math.toIntExact(valueWidth / heads);
            texts = PackedTextBounds.read(run.input(ends()), tokens);
            long stride = joined ? PROJECTIONS * width : width;
            q = new Heads(run.input(0).segment(), 0, 0, size, stride);
            k = new Heads(run.input(joined ? 0 : 1).segment(), joined ? width : 0, 0, size, stride);
            v = new Heads(
                    run.input(joined ? 0 : 2).segment(),
                    joined ? 2 * width : 0,
                    0,
                    valueSize,
                    joined ? stride : valueWidth);
            y = new Heads(run.output(0).segment(), 0, 0, valueSize, valueWidth);
            int maskInput = ends() + 1;
            mask = run.has(maskInput) ? Optional.of(mask(run.input(maskInput), tokens)) : Optional.empty();
        }

        private AttentionMask mask(Tensor tensor, int tokens) {
            Shape shape = tensor.shape();
            boolean fits = shape.rank() == 4
                    && shape.dim(0) == 1
                    && (shape.dim(1) == 1 || shape.dim(1) == heads)
                    && shape.dim(2) == 1
                    && shape.dim(3) == tokens;
            if (!fits) {
                throw new IllegalArgumentException(
                        "mask: expected a shape of [1, 1 or " + heads + ", 1, " + tokens + "], got " + tensor.shape());
            }
            return new AttentionMask(tensor.segment(), 0, 0, shape.dim(1) == 1 ? 0 : tokens, 0, 1);
        }

        /** The heads of all texts, one text after the other, in as many parts of equal work as there are tasks. */
        void attend() {
            long[] work = new long[texts.count() + 1];
            for (int text = 0; text < texts.count(); text++) {
                work[text + 1] = work[text] + heads * cost(text);
            }
            long all = work[texts.count()];
            boolean split = run.workers().count() > 1 && all * (size + valueSize) >= WORTH_SPLITTING;
            int parts = split ? run.workers().count() * TASKS : 1;
            AttentionShape longest = shape(heads, texts.longest());
            long scratchBytes = kernels.scratchBytes(longest, 1);
            MemorySegment scratch = run.scratch(parts * scratchBytes);
            run.workers().run(parts, part -> {
                long from = all * part / parts;
                long to = all * (part + 1) / parts;
                for (int text = 0; text < texts.count(); text++) {
                    int first = head(from - work[text], text);
                    int end = head(to - work[text], text);
                    if (first < end) {
                        attend(text, first, end, scratch.asSlice(part * scratchBytes, scratchBytes));
                    }
                }
            });
        }

        private long cost(int text) {
            return (long) texts.length(text) * texts.length(text);
        }

        /** The first head of a text whose work begins {@code behind} the beginning of the text's or later. */
        private int head(long behind, int text) {
            return Math.clamp(Math.ceilDiv(behind, cost(text)), 0, heads);
        }

        private AttentionShape shape(int headCount, int length) {
            return new AttentionShape(1, headCount, length, length, size, valueSize);
        }

        private void attend(int text, int firstHead, int endHead, MemorySegment scratch) {
            int start = texts.start(text);
            kernels.attend(
                    shape(endHead - firstHead, texts.length(text)),
                    at(q, start, firstHead),
                    at(k, start, firstHead),
                    at(v, start, firstHead),
                    scale,
                    mask.map(all -> new AttentionMask(
                            all.segment(), start + firstHead * all.headStride(), 0, all.headStride(), 0, 1)),
                    at(y, start, firstHead),
                    scratch,
                    Workers.single());
        }

        private Heads at(Heads all, int token, int head) {
            long offset = all.offset() + token * all.tokenStride() + head * all.headStride();
            return new Heads(all.segment(), offset, 0, all.headStride(), all.tokenStride());
        }
    }
}
