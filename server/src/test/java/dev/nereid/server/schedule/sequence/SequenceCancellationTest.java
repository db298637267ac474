package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceCancellationTest {
    private static final String CANCELLED = "CANCELLED Request cancelled";

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 1 }"})
    @Statement({9, 68, 156})
    void endsASequenceWhenItsNextRequestIsCancelled(String strategy) {
        SequenceFixture fixture = new SequenceFixture(1, 1, strategy);
        fixture.start("a1", 1);
        InferRequest cancelled = fixture.next("a2", 1);
        fixture.next("a3", 1);
        fixture.start("b", 2);
        cancelled.cancel();
        assertThat(fixture.answers).isEmpty();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: b");
        assertThat(fixture.answers)
                .containsEntry("a1", "ok")
                .containsEntry("a2", CANCELLED)
                .containsEntry("a3", CANCELLED)
                .containsEntry("b", "ok");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.CANCELED, 2L);
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        fixture.next("a4", 1);
        assertThat(fixture.answers.get("a4")).contains("must specify the START flag");
    }

    @Test
    @Statement(68)
    void runsWhatComesBeforeACancelledRequest() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.next("a3", 1).cancel();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2");
        assertThat(fixture.answers).containsEntry("a3", CANCELLED);
    }

    @Test
    @Statement(68)
    void dropsASequenceOfTheBacklogWholeWhenItsTurnComes() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.next("b2", 2).cancel();
        fixture.start("c1", 3);
        fixture.finishAll();
        assertThat(fixture.answers).containsOnlyKeys("a1");
        fixture.end("a2", 1);
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry("b1", CANCELLED)
                .containsEntry("b2", CANCELLED)
                .containsEntry("c1", "ok");
        fixture.next("b3", 2);
        assertThat(fixture.answers.get("b3")).contains("must specify the START flag");
    }

    @Test
    @Statement(156)
    void leavesARequestInTheBatchThatHasIt() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        InferRequest request = fixture.start("a1", 1);
        request.cancel();
        fixture.next("a2", 1);
        fixture.finishAll();
        assertThat(fixture.answers.values()).hasSize(2).containsOnly("ok");
    }
}
