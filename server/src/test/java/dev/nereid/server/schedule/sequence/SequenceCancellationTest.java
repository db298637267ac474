package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import org.junit.jupiter.api.Tag;
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

    private static void failIfCancelled(Execution execution) {
        if (execution.request().cancelled()) {
            execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
        } else {
            SequenceFixture.answer(execution);
        }
    }

    /** A later request would go on from states that lack a step. */
    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 1 }"})
    @Tag("found-6")
    void endsASequenceOfWhichAStepIsCancelledWhileItRuns(String strategy) {
        SequenceFixture fixture = new SequenceFixture(1, 1, strategy);
        fixture.behaviour = SequenceCancellationTest::failIfCancelled;
        InferRequest cancelled = fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.start("b1", 2);
        cancelled.cancel();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: b1");
        assertThat(fixture.answers)
                .containsEntry("a1", CANCELLED)
                .containsEntry("a2", CANCELLED)
                .containsEntry("b1", "ok");
        fixture.next("a3", 1);
        assertThat(fixture.answers.get("a3")).contains("must specify the START flag");
        fixture.end("b2", 2);
        fixture.start("a4", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("b2", "ok").containsEntry("a4", "ok");
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        assertThat(fixture.scheduler.openSequences()).isEqualTo(1);
    }

    @Test
    @Tag("found-6")
    void aSequenceThatStartedAnewGoesOnWhenAStepOfTheOldOneIsCancelled() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.behaviour = SequenceCancellationTest::failIfCancelled;
        InferRequest cancelled = fixture.start("a1", 1);
        fixture.start("b1", 1);
        cancelled.cancel();
        fixture.finishAll();
        fixture.next("b2", 1);
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry("a1", CANCELLED)
                .containsEntry("b1", "ok")
                .containsEntry("b2", "ok");
    }

    @Test
    @Tag("found-6")
    void theLastRequestOfASequenceMayBeCancelledWhileItRuns() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.behaviour = SequenceCancellationTest::failIfCancelled;
        fixture.start("a1", 1);
        InferRequest last = fixture.end("a2", 1);
        last.cancel();
        fixture.start("b1", 2);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("b1", "ok");
        assertThat(fixture.scheduler.openSequences()).isEqualTo(1);
    }
}
