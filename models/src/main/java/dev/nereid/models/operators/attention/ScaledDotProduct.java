package dev.nereid.models.operators.attention;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/**
 * Scaled dot-product attention, {@code y = softmax(cap(scale * q * transposed(k)) + bias) * v}, in {@code FP32} or
 * {@code FP64}: by the fused kernel where that has all that is asked for, else product by product. Which of the two never
 * depends on the batch.
 */
final class ScaledDotProduct {
    /**
     * What attention does beside its products.
     *
     * @param softCap scores are bent into (-softCap, softCap); 0 for not
     * @param sinks for each head a score of a key that is not there and takes its share of the weights
     * @param output where the scores of one stage go
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Extras(double softCap, Optional<double[]> sinks, Optional<ScoreOutput> output) {
        static final Extras NONE = new Extras(0, Optional.empty(), Optional.empty());

        boolean isNothing() {
            return softCap == 0 && sinks.isEmpty() && output.isEmpty();
        }
    }

    private ScaledDotProduct() {}

    /**
     * Computes y, which must not overlap an input.
     *
     * @param type of the elements of q, k, v and y, and of the bias
     */
    static void attend(
            KernelSet kernels,
            StepRun run,
            DataType type,
            AttentionSizes sizes,
            TokenVectors q,
            TokenVectors k,
            TokenVectors v,
            double scale,
            Optional<ScoreBias> bias,
            Extras extras,
            TokenVectors y) {
        if (sizes.isEmpty() && extras.output().isEmpty()) {
            return;
        }
        if (sizes.keys() == 0) {
            zero(y, type, sizes, Optional.empty());
        } else if (type == DataType.FP32 && extras.isNothing() && !sizes.isEmpty()) {
            fused(kernels.attention(), run, sizes, q, k, v, (float) scale, bias, y);
            if (bias.isPresent() && bias.get().hasDead()) {
                zero(y, type, sizes, bias);
            }
        } else {
            new SteppedAttention(kernels.matMul(), type, sizes, scale, bias, extras).attend(run, q, k, v, y);
        }
    }

    private static void fused(
            AttentionKernels kernels,
            StepRun run,
            AttentionSizes sizes,
            TokenVectors q,
            TokenVectors k,
            TokenVectors v,
            float scale,
            Optional<ScoreBias> bias,
            TokenVectors y) {
        AttentionShape shape = sizes.shape();
        kernels.attend(
                shape,
                q.heads(),
                k.heads().sharedBy(sizes.group()),
                v.heads().sharedBy(sizes.group()),
                scale,
                bias.map(ScoreBias::mask),
                y.heads(),
                run.scratch(kernels.scratchBytes(shape, run.workers().count())),
                run.workers());
    }

    /** Sets the vectors of dead rows to zero; of all rows if there is no bias. */
    private static void zero(TokenVectors y, DataType type, AttentionSizes sizes, Optional<ScoreBias> bias) {
        for (int item = 0; item < sizes.batch(); item++) {
            for (int head = 0; head < sizes.heads(); head++) {
                for (int query = 0; query < sizes.queries(); query++) {
                    if (bias.isEmpty() || bias.get().isDead(item, head, query)) {
                        fill(y, type, y.index(item, head, query), sizes.valueSize());
                    }
                }
            }
        }
    }

    private static void fill(TokenVectors y, DataType type, long at, int size) {
        y.segment().asSlice(at * type.bytes(), (long) size * type.bytes()).fill((byte) 0);
    }
}
