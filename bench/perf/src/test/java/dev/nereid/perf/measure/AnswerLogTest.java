package dev.nereid.perf.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.client.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerLogTest {
    private static List<Answer> answers(String... texts) {
        List<Answer> answers = new ArrayList<>();
        for (String text : texts) {
            answers.add(new Answer(text.getBytes(StandardCharsets.UTF_8), text.length() / 2));
        }
        return answers;
    }

    private static List<String> texts(List<Answer> answers) {
        return answers.stream()
                .map(answer -> new String(answer.bytes(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void answersAreReadAsTheyWere() throws IOException {
        try (AnswerLog log = AnswerLog.temporary()) {
            long first = log.append(answers("one", "", "three"));
            long none = log.append(List.of());
            long second = log.append(answers("two"));
            assertThat(texts(log.read(second))).containsExactly("two");
            assertThat(texts(log.read(first))).containsExactly("one", "", "three");
            assertThat(log.read(first)).extracting(Answer::jsonLength).containsExactly(1, 0, 2);
            assertThat(log.read(none)).isEmpty();
            assertThat(log.problem()).isEmpty();
        }
    }

    @Test
    void answersThatAreEqualAreStoredOnce() throws IOException {
        try (AnswerLog log = AnswerLog.temporary()) {
            long place = log.append(answers("the same", "again"));
            log.append(answers("other"));
            assertThat(log.append(answers("the same", "again"))).isEqualTo(place);
            assertThat(log.append(answers("the same"))).isNotEqualTo(place);
        }
    }

    @Test
    void answersLargerThanTheMemoryForThemAreStoredToo() throws IOException {
        try (AnswerLog log = AnswerLog.temporary()) {
            List<Long> places = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                places.add(log.append(answers("small " + i)));
                places.add(log.append(answers(String.valueOf((char) ('a' + i)).repeat(1_500_000))));
            }
            for (int i = 0; i < 24; i++) {
                assertThat(texts(log.read(places.get(2 * i)))).containsExactly("small " + i);
                byte[] large = log.read(places.get(2 * i + 1)).getFirst().bytes();
                assertThat(large).hasSize(1_500_000);
                assertThat(large[0]).isEqualTo((byte) ('a' + i));
                assertThat(large[large.length - 1]).isEqualTo((byte) ('a' + i));
            }
        }
    }

    @Test
    void logThatCannotBeWrittenSaysSoAndHasNoAnswers() throws IOException {
        AnswerLog log = AnswerLog.temporary();
        log.close();
        long place = log.append(answers("x".repeat(3_000_000)));
        assertThat(log.problem()).contains("ClosedChannelException");
        assertThat(log.read(place)).isEmpty();
    }
}
