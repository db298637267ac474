package dev.nereid.models.operators.generation;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Body;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.BodyOperator;
import dev.nereid.models.operators.control.Captured;
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
final class GreedySearch implements BodyOperator {
    private static final int MIN_LENGTH = 2;
    private static final int REPETITION_PENALTY = 3;
    private static final int VOCAB_MASK = 4;
    private static final int PREFIX_VOCAB_MASK = 5;
    private static final int ATTENTION_MASK = 6;

    @Override
    public List<ValueType> outputTypes(Inference in) {
        Parameters.requireDecoder(in.attributes());
        Parameters.requireTypes(in, REPETITION_PENALTY);
        GptDecoder.of(in).check(in);
        TensorType ids = in.type(0);
        if (ids.hasRank() && ids.rank() != 2) {
            throw new ModelFormatException("input_ids: expected [batch, tokens], got " + ids);
        }
        Dim batch = ids.hasRank() ? ids.dim(0) : in.unknownDim();
        return List.of(TensorType.of(DataType.INT32, List.of(batch, in.unknownDim())));
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        return GptDecoder.of(in).bodyInputs(in);
    }

    @Override
    public void lower(Lowering lowering) {
        GptDecoder decoder = GptDecoder.of(lowering);
        Body later = lowering.body(decoder.graph(), decoder.inputs(lowering));
        Body first = decoder.first()
                .map(graph -> lowering.body(graph, decoder.inputs(lowering)))
                .orElse(later);
        Search search = new Search(
                decoder,
                new GptRun.Bodies(first, later),
                Captured.of(lowering),
                Parameters.token(lowering.attributes(), "eos_token_id"),
                Parameters.token(lowering.attributes(), "pad_token_id"),
                Math.clamp(lowering.attributes().integer("no_repeat_ngram_size", 0), 0, Integer.MAX_VALUE),
                Math.clamp(lowering.attributes().integer("vocab_size", 0), 0, Integer.MAX_VALUE));
        lowering.stepPutting(search::run);
    }

    /** What is the same for all runs of a node. */
    private record Search(
            GptDecoder decoder,
            GptRun.Bodies bodies,
            Captured captured,
            int end,
            int padding,
            int gram,
            int vocabulary) {
        void run(StepRun run) {
            Shape prompts = Parameters.prompts(run);
            int own = captured.own();
            int length = Math.toIntExact(prompts.dim(1));
            int batch = Math.toIntExact(prompts.dim(0));
            int maxLength = Parameters.maxLength(run, own, length);
            Sequences sequences = new Sequences(Parameters.integers(run, own, 0, "input_ids", prompts), length, 1);
            int[] attended = Parameters.integers(run, own, ATTENTION_MASK, "attention_mask", prompts);
            if (batch > 0) {
                GptRun model = new GptRun(run, decoder, bodies, captured, sequences, attended, padding, 1);
                generate(run, model, sequences, batch, maxLength);
            }
            write(run.allocate(0, Shape.of(batch, maxLength)), sequences, maxLength);
        }

        private void generate(StepRun run, GptRun model, Sequences sequences, int batch, int maxLength) {
            boolean[] ended = new boolean[batch];
            float[] scores = model.scores(vocabulary);
            int tokens = scores.length / batch;
            TokenRules.Inputs inputs = new TokenRules.Inputs(
                    captured.own(), MIN_LENGTH, REPETITION_PENALTY, VOCAB_MASK, PREFIX_VOCAB_MASK);
            TokenRules rules = TokenRules.of(run, inputs, tokens, batch, gram, end);
            int[] next = new int[batch];
            for (boolean first = true; ; first = false) {
                rules.apply(scores, sequences, first);
                boolean all = true;
                for (int row = 0; row < batch; row++) {
                    int best = best(scores, row * tokens, tokens);
                    ended[row] |= best == end;
                    next[row] = ended[row] ? padding : best;
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

        private void write(Tensor y, Sequences sequences, int maxLength) {
            for (int row = 0; row < sequences.count(); row++) {
                int[] tokens = Arrays.copyOf(sequences.row(row), maxLength);
                Arrays.fill(tokens, sequences.length(), maxLength, padding);
                MemorySegment.copy(
                        tokens, 0, y.segment(), ValueLayout.JAVA_INT_UNALIGNED, 4L * row * maxLength, maxLength);
            }
        }
    }
}
