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
 * com.microsoft.BeamSearch: runs a decoder and goes on with the likeliest sequences of each prompt, {@code num_beams} of them.
 *
 * <p>Inputs: input_ids: [batch, tokens]; max_length, min_length, num_beams, num_return_sequences, length_penalty,
 * repetition_penalty: numbers; vocab_mask: [vocabulary]; prefix_vocab_mask: [batch, vocabulary]; attention_mask: [batch, tokens];
 * all but the first and the numbers of beams and sequences optional. Outputs: sequences: [batch, num_return_sequences, max_length],
 * the best first, padding behind their ends; their scores: [batch, num_return_sequences]; the sums of logarithms that every
 * step chose from: [max_length - tokens, batch, num_beams, vocabulary], zeros for steps that were not needed.
 */
final class BeamSearch implements SubgraphOperator {
    private static final int MIN_LENGTH = 2;
    private static final int BEAMS = 3;
    private static final int RETURNED = 4;
    private static final int LENGTH_PENALTY = 5;
    private static final int REPETITION_PENALTY = 6;
    private static final int VOCAB_MASK = 7;
    private static final int PREFIX_VOCAB_MASK = 8;
    private static final int ATTENTION_MASK = 9;

    /** ONNX Runtime has the same. */
    private static final int MOST_BEAMS = 128;

    @Override
    public List<ValueType> outputTypes(Inference in) {
        Dim batch = GptSearch.prompts(in, LENGTH_PENALTY, REPETITION_PENALTY);
        Dim returned = in.unknownDim();
        return List.of(
                TensorType.of(DataType.INT32, List.of(batch, returned, in.unknownDim())),
                TensorType.of(DataType.FP32, List.of(batch, returned)),
                TensorType.of(DataType.FP32, List.of(in.unknownDim(), batch, in.unknownDim(), in.unknownDim())));
    }

    @Override
    public Map<String, List<ValueType>> bodyInputs(Inference in) {
        return GptDecoder.of(in).bodyInputs(in);
    }

    @Override
    public void lower(Lowering lowering) {
        boolean early = lowering.attributes().integer("early_stopping", 0) != 0;
        Search search = new Search(GptSearch.of(lowering), early);
        lowering.stepPutting(search::run);
    }

    /** Runs of a node. */
    private record Search(GptSearch gpt, boolean early) {
        void run(StepRun run) {
            int own = gpt.captured().own();
            Shape prompts = GenerationParameters.prompts(run);
            int batch = Math.toIntExact(prompts.dim(0));
            int length = Math.toIntExact(prompts.dim(1));
            int maxLength = GenerationParameters.maxLength(run, own, length);
            int beams = GenerationParameters.integer(run, own, BEAMS, "num_beams", 1);
            int returned = GenerationParameters.integer(run, own, RETURNED, "num_return_sequences", 1);
            if (beams < 1 || beams > MOST_BEAMS || returned < 1 || returned > beams || batch < 1) {
                throw new IllegalArgumentException("expected a prompt at least, 1 to " + MOST_BEAMS
                        + " for num_beams and no more for num_return_sequences, got " + batch + " prompts, " + beams
                        + " and " + returned);
            }
            int[] ids = GenerationParameters.integers(run, own, 0, "input_ids", prompts);
            GeneratedSequences sequences = new GeneratedSequences(ids, length, beams);
            int[] attended = GenerationParameters.integers(run, own, ATTENTION_MASK, "attention_mask", prompts);
            float penalty = GenerationParameters.real(run, own, LENGTH_PENALTY, "length_penalty", 1);
            Beams chosen = new Beams(batch, beams, gpt.padding(), gpt.end(), penalty, early);
            GptRun model = new GptRun(run, gpt, sequences, attended, beams);
            generate(run, model, sequences, chosen, batch, maxLength);
            write(run, chosen.best(sequences, returned), returned, maxLength);
        }

        private void generate(
                StepRun run, GptRun model, GeneratedSequences sequences, Beams chosen, int batch, int maxLength) {
            int rows = sequences.count();
            int steps = maxLength - sequences.length();
            float[] scores = model.scores(gpt.vocabulary());
            int tokens = scores.length / rows;
            LogitsProcessor.Inputs inputs = new LogitsProcessor.Inputs(
                    gpt.captured().own(), MIN_LENGTH, REPETITION_PENALTY, VOCAB_MASK, PREFIX_VOCAB_MASK);
            LogitsProcessor rules = LogitsProcessor.of(run, inputs, tokens, batch, gpt.gram(), gpt.end());
            MemorySegment all = MemorySegment.NULL;
            if (run.wants(2)) {
                Tensor kept = run.allocate(2, Shape.of(steps, batch, rows / batch, tokens));
                all = kept.segment().asSlice(0, kept.byteSize()).fill((byte) 0);
            }
            for (int step = 0; ; step++) {
                logarithms(scores, tokens);
                rules.apply(scores, sequences, step == 0);
                chosen.choose(scores, tokens, sequences);
                if (run.wants(2)) {
                    long at = 4L * step * scores.length;
                    MemorySegment.copy(scores, 0, all, ValueLayout.JAVA_FLOAT_UNALIGNED, at, scores.length);
                }
                sequences.append(chosen.sources(), chosen.tokens());
                if (chosen.done() || sequences.length() == maxLength) {
                    return;
                }
                if (rows == batch) {
                    model.add(chosen.tokens());
                } else {
                    model.add(chosen.sources(), chosen.tokens());
                }
                scores = model.scores(tokens);
            }
        }

        /** Makes scores the logarithms of a softmax, row by row. */
        private static void logarithms(float[] scores, int tokens) {
            for (int from = 0; from < scores.length; from += tokens) {
                float highest = Float.NEGATIVE_INFINITY;
                for (int i = from; i < from + tokens; i++) {
                    highest = Math.max(highest, scores[i]);
                }
                double sum = 0;
                for (int i = from; i < from + tokens; i++) {
                    sum += Math.exp(scores[i] - highest);
                }
                float shift = (float) Math.log(sum);
                for (int i = from; i < from + tokens; i++) {
                    scores[i] = scores[i] - highest - shift;
                }
            }
        }

        private void write(StepRun run, List<List<Hypotheses.Hypothesis>> best, int returned, int maxLength) {
            Tensor sequences = run.allocate(0, Shape.of(best.size(), returned, maxLength));
            float[] scores = new float[best.size() * returned];
            for (int i = 0; i < scores.length; i++) {
                Hypotheses.Hypothesis hypothesis = best.get(i / returned).get(i % returned);
                scores[i] = hypothesis.score();
                int[] tokens = Arrays.copyOf(hypothesis.tokens(), maxLength);
                Arrays.fill(tokens, hypothesis.tokens().length, maxLength, gpt.padding());
                MemorySegment.copy(
                        tokens, 0, sequences.segment(), ValueLayout.JAVA_INT_UNALIGNED, 4L * i * maxLength, maxLength);
            }
            if (run.wants(1)) {
                Tensor kept = run.allocate(1, Shape.of(best.size(), returned));
                MemorySegment.copy(scores, 0, kept.segment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, scores.length);
            }
        }
    }
}
