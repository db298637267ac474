package dev.nereid.kernels.scalar;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.attention.RotaryAngles;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The plain-loop kernels of the attention family. */
public final class ScalarAttention implements AttentionKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public long scratchBytes(AttentionShape shape, int workers) {
        return 0;
    }

    @Override
    public void attend(
            AttentionShape shape,
            Heads q,
            Heads k,
            Heads v,
            float scale,
            Optional<AttentionMask> mask,
            Heads y,
            MemorySegment scratch,
            Workers workers) {
        double[] weights = new double[shape.keys()];
        for (int item = 0; item < shape.batch(); item++) {
            for (int head = 0; head < shape.heads(); head++) {
                for (int query = 0; query < shape.queries(); query++) {
                    exponentiate(shape, q, k, scale, mask, item, head, query, weights);
                    for (int i = 0; i < shape.valueSize(); i++) {
                        double sum = 0;
                        for (int key = 0; key < shape.keys(); key++) {
                            sum += weights[key] * at(v, item, head, key, i);
                        }
                        y.segment().set(FLOAT, index(y, item, head, query, i) * 4, (float) sum);
                    }
                }
            }
        }
    }

    @Override
    public void rotate(Heads x, Heads y, int item, int token, int first, int heads, int size, RotaryAngles angles) {
        for (int head = first; head < first + heads; head++) {
            for (int pair = 0; pair < angles.pairs(); pair++) {
                int own = angles.interleaved() ? 2 * pair : pair;
                int other = angles.interleaved() ? 2 * pair + 1 : pair + angles.pairs();
                double a = at(x, item, head, token, own);
                double b = at(x, item, head, token, other);
                double cosine = angles.cosines().get(FLOAT, 4 * (angles.offset() + pair));
                double sine = angles.sines().get(FLOAT, 4 * (angles.offset() + pair));
                y.segment().set(FLOAT, 4 * index(y, item, head, token, own), (float) (a * cosine - b * sine));
                y.segment().set(FLOAT, 4 * index(y, item, head, token, other), (float) (a * sine + b * cosine));
            }
            for (int i = 2 * angles.pairs(); i < size; i++) {
                y.segment().set(FLOAT, 4 * index(y, item, head, token, i), at(x, item, head, token, i));
            }
        }
    }

    private static void exponentiate(
            AttentionShape shape,
            Heads q,
            Heads k,
            float scale,
            Optional<AttentionMask> mask,
            int item,
            int head,
            int query,
            double[] weights) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int key = 0; key < weights.length; key++) {
            double score = 0;
            for (int i = 0; i < shape.size(); i++) {
                score += at(q, item, head, query, i) * (double) at(k, item, head, key, i);
            }
            weights[key] = scale * score + (mask.isPresent() ? at(mask.get(), item, head, query, key) : 0);
            highest = Math.max(highest, weights[key]);
        }
        double sum = 0;
        for (int key = 0; key < weights.length; key++) {
            weights[key] = Math.exp(weights[key] - highest);
            sum += weights[key];
        }
        for (int key = 0; key < weights.length; key++) {
            weights[key] /= sum;
        }
    }

    private static long index(Heads heads, int item, int head, int token, int i) {
        return heads.index(item, head, token) + i;
    }

    private static float at(Heads heads, int item, int head, int token, int i) {
        return heads.segment().get(FLOAT, index(heads, item, head, token, i) * 4);
    }

    private static float at(AttentionMask mask, int item, int head, int query, int key) {
        long index = mask.offset()
                + item * mask.batchStride()
                + head * mask.headStride()
                + query * mask.queryStride()
                + key * mask.keyStride();
        return mask.segment().get(FLOAT, index * 4);
    }
}
