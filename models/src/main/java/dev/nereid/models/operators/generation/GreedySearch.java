package dev.nereid.models.operators.generation;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.SubgraphOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * com.microsoft.GreedySearch: runs a decoder and takes the token with the highest score, again and again.
 *
 * <p>Inputs: input_ids: [batch, tokens]; max_length, and, optional, min_length, repetition_penalty: numbers; vocab_mask:
 * [vocabulary]; prefix_vocab_mask: [batch, vocabulary]; attention_mask: [batch, tokens]. Output: sequences: [batch,
 * max_length], padding behind their ends.
 */
final class GreedySearch implements SubgraphOperator {
    private static final int MIN_LENGTH = 2;
    private static final int REPETITION_PENALTY = 3;
    private static final int VOCAB_MASK = 4;
    private static final int PREFIX_VOCAB_MASK = 5;
    private static final int ATTENTION_MASK = 6;

    @Override
    public List<ValueType> outputTypes(Inference in) {
        Dim batch = GptSearch.prompts(in, REPETITION_PENALTY);
        return List.of(TensorType.of(DataType.INT32, List.of(batch, in.unknownDim())));
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        return GptDecoder.of(in).bodyInputs(in);
    }

    @Override
    public void lower(Lowering lowering) {
        Search search = new Search(GptSearch.of(lowering));
        lowering.stepPutting(search::run);
    }

    /** Runs of a node. */
    private record Search(GptSearch gpt) {
        void run(StepRun run) {
            Shape prompts = GenerationParameters.prompts(run);
            int own = gpt.captured().own();
            int length = Math.toIntExact(prompts.dim(1));
            int batch = Math.toIntExact(prompts.dim(0));
            int maxLength = GenerationParameters.maxLength(run, own, length);
            GeneratedSequences sequences =
                    new GeneratedSequences(GenerationParameters.integers(run, own, 0, "input_ids", prompts), length, 1);
            int[] attended = GenerationParameters.integers(run, own, ATTENTION_MASK, "attention_mask", prompts);
            if (batch > 0) {
                GptRun model = new GptRun(run, gpt, sequences, attended, 1);
                generate(run, model, sequences, batch, maxLength);
            }
            write(run.allocate(0, Shape.of(batch, maxLength)), sequences, maxLength);
        }

        private void generate(StepRun run, GptRun model, GeneratedSequences sequences, int batch, int maxLength) {
            boolean[] ended = new boolean[batch];
            float[] scores = model.scores(gpt.vocabulary());
            int tokens = scores.length / batch;
            LogitsProcessor.Inputs inputs = new LogitsProcessor.Inputs(
                    gpt.captured().own(), MIN_LENGTH, REPETITION_PENALTY, VOCAB_MASK, PREFIX_VOCAB_MASK);
            LogitsProcessor rules = LogitsProcessor.of(run, inputs, tokens, batch, gpt.gram(), gpt.end());
            int[] next = new int[batch];
            for (boolean first = true; ; first = false) {
                rules.apply(scores, sequences, first);
                boolean all = true;
                for (int row = 0; row < batch; row++) {
                    int best = best(scores, row * tokens, tokens);
                    ended[row] |= best == gpt.end();
                    next[row] = ended[row] ? gpt.padding() : best;
                    all &= ended[row];
                }
                sequences.append(next);
                if (all || sequences.length() == maxLength) {
                    return;
                }
                model.add(next);
                scores = model.scores(tokens);
            }
        }

        private static int best(float[] scores, int from, int count) {
            int best = 0;
            for (int token = 1; token < count; token++) {
                if (scores[from + token] > scores[from + best]) {
                    best = token;
                }
            }
            return best;
        }

        private void write(Tensor y, GeneratedSequences sequences, int maxLength) {
            for (int row = 0; row < sequences.count(); row++) {
                int[] tokens = Arrays.copyOf(sequences.row(row), maxLength);
                Arrays.fill(tokens, sequences.length(), maxLength, gpt.padding());
                MemorySegment.copy(
                        tokens, 0, y.segment(), ValueLayout.JAVA_INT_UNALIGNED, 4L * row * maxLength, maxLength);
            }
        }
    }
}
