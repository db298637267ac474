package dev.nereid.bench.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.models.Attributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationTest {
    private static final int PADDING = 0;

    private static Attributes attributes(int end) {
        return Attributes.NONE
                .with("decoder", TinyDecoder.graph())
                .with("eos_token_id", end)
                .with("pad_token_id", PADDING);
    }

    private static Tensor one(int value) {
        return Data.ints(new int[] {value}, 1);
    }

    private static Tensor real(double value) {
        return Data.of(DataType.FP32, _ -> value, 1);
    }

    private static Tensor prompts() {
        return Data.ints(new int[] {0, 0, 3, 7, 5, 1, 9, 4, 2, 11, 8, 0}, 3, 4);
    }

    /** A mask that leaves some tokens out. */
    private static Tensor mask(int seed, long... dims) {
        return Data.of(DataType.INT32, i -> (i * 5 + seed) % 4 == 0 ? 0 : 1, dims);
    }

    private static NodeCase greedy(Attributes attributes, int maxLength, long seed) {
        return NodeCase.microsoft("GreedySearch")
                .with(attributes)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(seed))
                .input(prompts())
                .input(one(maxLength));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void likeliestTokensFollowEachOther(long seed) {
        greedy(attributes(6), 12, seed).agrees(0);
        greedy(attributes(10), 5, seed).agrees(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void rulesLeaveTokensOut(long seed) {
        greedy(attributes(6).with("no_repeat_ngram_size", 2), 12, seed)
                .input(one(9))
                .input(real(1.3))
                .input(mask(1, TinyDecoder.VOCABULARY))
                .input(mask(2, 3, TinyDecoder.VOCABULARY))
                .agrees(0);
        greedy(attributes(6), 12, seed).absent().input(real(0.7)).agrees(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void maskSaysWhatIsAttendedTo(long seed) {
        greedy(attributes(6), 10, seed)
                .absent()
                .absent()
                .absent()
                .absent()
                .input(Data.ints(new int[] {0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1}, 3, 4))
                .agrees(0);
    }

    @Test
    void firstRunMayHaveAGraphOfItsOwn() {
        greedy(attributes(6).with("init_decoder", TinyDecoder.graph()), 12, 3).agrees(0);
    }

    @Test
    void lengthsThatLeaveNoRoomAreRefused() {
        greedy(attributes(6), 4, 1).isRefused("max_length", "more than the 4", "got 4");
        greedy(attributes(6), 70_000, 1).isRefusedByUs("max_length", "65536 at most", "got 70000");
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        NodeCase.microsoft("GreedySearch")
                .with(attributes(6))
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(1))
                .input(Data.ints(new int[] {3, 12}, 1, 2))
                .input(one(6))
                .isRefused("12");
    }

    @Test
    void masksOfAnotherVocabularyAreRefused() {
        greedy(attributes(6), 12, 1).absent().absent().input(mask(1, 5)).isRefused("vocab_mask", "[12]", "[5]");
    }

    private static NodeCase beams(Tensor prompts, Attributes attributes, int maxLength, int beams, int returned) {
        return NodeCase.microsoft("BeamSearch")
                .with(attributes)
                .input(prompts)
                .input(one(maxLength))
                .input(one(0))
                .input(one(beams))
                .input(one(returned))
                .outputs(3);
    }

    /** ONNX Runtime looks at the wrong prompt to see whether one is done, so that only one at a time can be compared. */
    private static NodeCase beams(int prompt, Attributes attributes, int maxLength, int beams, int returned) {
        int[] all = {0, 0, 3, 7, 5, 1, 9, 4, 2, 11, 8, 0};
        Tensor prompts = Data.ints(Arrays.copyOfRange(all, 4 * prompt, 4 * prompt + 4), 1, 4);
        return beams(prompts, attributes, maxLength, beams, returned);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 2, 1", "4, 4, 2", "2, 1, 3", "5, 3, 4", "3, 3, 5"})
    void likeliestSequencesAreFound(int beams, int returned, long seed) {
        for (int prompt = 0; prompt < 3; prompt++) {
            for (int end : new int[] {6, 3, 10}) {
                for (int early = 0; early < 2; early++) {
                    beams(prompt, attributes(end).with("early_stopping", early), 11, beams, returned)
                            .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(seed))
                            .input(real(1))
                            // Of steps that are not needed it gives what its memory holds.
                            .outputs(2)
                            .agrees(1e-4);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void beamsKeepToRules(long seed) {
        beams(1, attributes(6).with("no_repeat_ngram_size", 2), 12, 3, 2)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(seed))
                .input(real(0.6))
                .input(real(1.2))
                .input(mask(1, TinyDecoder.VOCABULARY))
                .input(mask(2, 1, TinyDecoder.VOCABULARY))
                .agrees(1e-4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void promptsDoNotDependOnEachOther(long seed) {
        double[] together = beams(prompts(), attributes(6), 11, 3, 2)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(seed))
                .ours()
                .getFirst()
                .values();
        for (int prompt = 0; prompt < 3; prompt++) {
            double[] alone = beams(prompt, attributes(6), 11, 3, 2)
                    .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(seed))
                    .ours()
                    .getFirst()
                    .values();
            assertThat(Arrays.copyOfRange(together, 22 * prompt, 22 * prompt + 22))
                    .isEqualTo(alone);
        }
    }

    @Test
    void moreSequencesThanBeamsAreRefused() {
        beams(prompts(), attributes(6), 12, 2, 3)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(1))
                .isRefused("num_return_sequences", "2 and 3");
        beams(prompts(), attributes(6), 12, 0, 1)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(1))
                .isRefused("num_beams", "0 and 1");
    }

    @Test
    void encodersAreRefused() {
        beams(prompts(), attributes(6).with("model_type", 1), 12, 2, 1)
                .captured(TinyDecoder.OUTSIDE, TinyDecoder.head(1))
                .isRefused("model_type", "got 1");
    }
}
