package dev.nereid.models.operators.attention;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;

/** The recurrence of linear attention for one head of keys and the heads of queries that read it. */
final class LinearAttentionState {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 500_000;

    private final StepRun run;
    private final LinearAttention.Rule rule;
    private final LinearAttentionSizes sizes;
    private final double scale;
    private final int item;
    private final int head;
    private final float[] state;

    private LinearAttentionState(
            StepRun run, LinearAttention.Rule rule, LinearAttentionSizes sizes, double scale, int item, int head) {
        this.run = run;
        this.rule = rule;
        this.sizes = sizes;
        this.scale = scale;
        this.item = item;
        this.head = head;
        this.state = new float[Math.multiplyExact(sizes.size(), sizes.valueSize())];
    }

    /** Computes the outputs. */
    static void run(StepRun run, LinearAttention.Rule rule, LinearAttentionSizes sizes, double scale) {
        int matrices = Math.multiplyExact(sizes.batch(), sizes.keyHeads());
        if (matrices == 0) {
            return;
        }
        long work = (long) sizes.batch() * sizes.tokens() * sizes.heads() * sizes.size() * sizes.valueSize();
        Workers workers = work < WORTH_SPLITTING ? Workers.single() : run.workers();
        workers.run(
                matrices,
                matrix -> new LinearAttentionState(
                                run, rule, sizes, scale, matrix / sizes.keyHeads(), matrix % sizes.keyHeads())
                        .run());
    }

    private void run() {
        long stateAt = ((long) item * sizes.keyHeads() + head) * state.length;
        for (int i = 0; run.has(LinearAttention.PAST) && i < state.length; i++) {
            state[i] = (float) RealNumbers.at(run.input(LinearAttention.PAST), stateAt + i);
        }
        float[] key = new float[sizes.size()];
        float[] value = new float[sizes.valueSize()];
        for (int token = 0; token < sizes.tokens(); token++) {
            read(LinearAttention.K, token, sizes.keyHeads(), head, key);
            read(LinearAttention.V, token, sizes.keyHeads(), head, value);
            if (rule.fades()) {
                fade(token);
            }
            if (rule.corrects()) {
                correct(token, key, value);
            }
            for (int i = 0; i < key.length; i++) {
                for (int j = 0; j < value.length; j++) {
                    state[i * value.length + j] += key[i] * value[j];
                }
            }
            answer(token);
        }
        for (int i = 0; run.wants(1) && i < state.length; i++) {
            RealNumbers.set(run.output(1), stateAt + i, state[i]);
        }
    }

    private long at(int token, int perToken) {
        return ((long) item * sizes.tokens() + token) * perToken;
    }

    /** One head's part of a token: x: [batch, tokens, heads * length]. */
    private void read(int input, int token, int heads, int ofHead, float[] x) {
        long from = at(token, heads * x.length) + (long) ofHead * x.length;
        Tensor tensor = run.input(input);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) RealNumbers.at(tensor, from + i);
        }
    }

    private void fade(int token) {
        Tensor decay = run.input(LinearAttention.DECAY);
        int perToken = Math.toIntExact(decay.shape().dim(2));
        // With heads of size 1 both layouts are the same.
        boolean perHead = perToken == sizes.keyHeads();
        int values = sizes.valueSize();
        for (int i = 0; i < sizes.size(); i++) {
            long index = at(token, perToken) + (perHead ? head : (long) head * sizes.size() + i);
            float factor = (float) Math.exp(RealNumbers.at(decay, index));
            for (int j = 0; j < values; j++) {
                state[i * values + j] *= factor;
            }
        }
    }

    /** Leaves of the value what the state does not hold for the key yet, times beta. */
    private void correct(int token, float[] key, float[] value) {
        float[] erased = key;
        if (run.has(LinearAttention.ERASE)) {
            erased = new float[key.length];
            read(LinearAttention.ERASE, token, sizes.keyHeads(), head, erased);
            for (int i = 0; i < key.length; i++) {
                erased[i] *= key[i];
            }
        }
        Tensor beta = run.input(LinearAttention.BETA);
        int perToken = Math.toIntExact(beta.shape().dim(2));
        float factor = (float) RealNumbers.at(beta, at(token, perToken) + (perToken == 1 ? 0 : head));
        for (int j = 0; j < value.length; j++) {
            float held = 0;
            for (int i = 0; i < erased.length; i++) {
                held += state[i * value.length + j] * erased[i];
            }
            value[j] = factor * (value[j] - held);
        }
    }

    private void answer(int token) {
        int group = sizes.heads() / sizes.keyHeads();
        int values = sizes.valueSize();
        float[] query = new float[sizes.size()];
        for (int reader = head * group; reader < (head + 1) * group; reader++) {
            read(LinearAttention.Q, token, sizes.heads(), reader, query);
            long to = at(token, sizes.heads() * values) + (long) reader * values;
            for (int j = 0; j < values; j++) {
                float sum = 0;
                for (int i = 0; i < query.length; i++) {
                    sum += query[i] * state[i * values + j];
                }
                RealNumbers.set(run.output(0), to + j, scale * sum);
            }
        }
    }
}
