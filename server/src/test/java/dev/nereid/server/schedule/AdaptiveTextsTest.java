package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which texts of different lengths the adaptive policy puts into a batch. */
class AdaptiveTextsTest {
    private static String parameter(String key, String value) {
        return " parameters { key: 'scheduler." + key + "' value { string_value: '" + value + "' } }";
    }

    private static String config(int maxBatchSize, String dims, String parameters) {
        return "max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 " + dims
                + " } dynamic_batching { }" + parameter("policy", "adaptive") + parameters;
    }

    @Test
    void textsOfDifferentLengthsShareABatchOfAModelThatPacksThem() {
        String text = config(8, "dims: -1", "");
        assertThat(batchesOfTexts(SchedulerFixture.mixing(TextLengths.PACKED, text)))
                .containsExactly(List.of("7", "30", "7b", "400"));
        assertThat(batchesOfTexts(new SchedulerFixture(1, text)))
                .containsExactly(List.of("7", "7b"), List.of("30"), List.of("400"));
    }

    @Test
    void aTokenBudgetEndsABatchOfPackedTexts() {
        SchedulerFixture fixture = SchedulerFixture.mixing(
                TextLengths.PACKED,
                config(8, "dims: -1", parameter("token_input", "X") + parameter("max_batch_tokens", "430")));
        assertThat(batchesOfTexts(fixture)).containsExactly(List.of("7", "30", "7b"), List.of("400"));
    }

    @Test
    void aTokenOfAPackedTextMayHaveManyElements() {
        SchedulerFixture fixture = SchedulerFixture.mixing(
                TextLengths.PACKED,
                config(8, "dims: [ -1, 384 ]", parameter("token_input", "X") + parameter("max_batch_tokens", "40")));
        fixture.submit("busy", Shape.of(1, 1, 384), 0, 0);
        fixture.submit("7", Shape.of(1, 7, 384), 0, 0);
        fixture.submit("2x15", Shape.of(2, 15, 384), 0, 0);
        fixture.submit("9", Shape.of(1, 9, 384), 0, 0);
        fixture.finishAll();
        assertThat(fixture.answers.values()).containsOnly("ok");
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("7", "2x15"), List.of("9"));
    }

    @Test
    void paddedTextsShareABatchWhileTheLongestIsLessThanTwiceTheShortest() {
        String padded = config(8, "dims: -1", parameter("padding", "X=0"));
        assertThat(batchesOfTexts(SchedulerFixture.mixing(TextLengths.PADDED, padded)))
                .containsExactly(List.of("7", "7b"), List.of("30"), List.of("400"));
        SchedulerFixture fixture = SchedulerFixture.mixing(TextLengths.PADDED, padded);
        fixture.submit("busy", Shape.of(1, 1), 0, 0);
        for (int length : List.of(16, 31, 32, 20, 15, 63)) {
            fixture.submit("" + length, Shape.of(1, length), 0, 0);
        }
        fixture.finishAll();
        assertThat(fixture.batches)
                .containsExactly(List.of("busy"), List.of("16", "31", "20"), List.of("32", "63"), List.of("15"));
    }

    @Test
    void theLengthRatioSaysHowMuchIsPadded() {
        String padded = config(8, "dims: -1", parameter("padding", "X=0") + parameter("length_ratio", "1000"));
        assertThat(batchesOfTexts(SchedulerFixture.mixing(TextLengths.PADDED, padded)))
                .containsExactly(List.of("7", "30", "7b", "400"));
    }

    @Test
    void aTokenBudgetCountsPaddingToo() {
        String padded = config(
                8,
                "dims: -1",
                parameter("padding", "X=0") + parameter("length_ratio", "1000") + parameter("max_batch_tokens", "90"));
        assertThat(batchesOfTexts(SchedulerFixture.mixing(TextLengths.PADDED, padded)))
                .containsExactly(List.of("7", "30", "7b"), List.of("400"));
    }

    @Test
    void aModelWhoseInputsTheServerDoesNotJoinCannotBePadded() {
        ModelConfig config = SchedulerFixture.config(config(8, "dims: -1", parameter("padding", "X=0")));
        assertThatThrownBy(() -> Schedulers.queue(config, new SharedDevice()))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("parameter 'scheduler.padding' of model 'm': expected a model whose inputs the "
                        + "server joins, got backend '");
    }

    private static List<List<String>> batchesOfTexts(SchedulerFixture fixture) {
        fixture.submit("busy", Shape.of(1, 1), 0, 0);
        fixture.submit("7", Shape.of(1, 7), 0, 0);
        fixture.submit("30", Shape.of(1, 30), 0, 0);
        fixture.submit("7b", Shape.of(1, 7), 0, 0);
        fixture.submit("400", Shape.of(1, 400), 0, 0);
        fixture.finishAll();
        assertThat(fixture.answers.values()).containsOnly("ok");
        return fixture.batches.subList(1, fixture.batches.size());
    }
}
