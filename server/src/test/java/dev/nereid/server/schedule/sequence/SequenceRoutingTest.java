package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.statement.Statement;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which sequence gets which slot, when, and for how long. */
class SequenceRoutingTest {
    private static final String NOT_STARTED = "INVALID_ARG inference request for sequence %s to model 'm' must specify "
            + "the START flag on the first request of the sequence";

    @Test
    @Statement(56)
    void refusesARequestWithoutAnId() {
        SequenceFixture fixture = new SequenceFixture(1, 4, "");
        fixture.start("zero", 0);
        fixture.request("empty").of("").start().submit();
        assertThat(fixture.answers.values())
                .hasSize(2)
                .containsOnly("INVALID_ARG inference request to model 'm' must specify a non-zero or non-empty "
                        + "correlation ID");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 2L);
    }

    @Test
    @Statement(56)
    void refusesARequestOfASequenceThatHasNotStarted() {
        SequenceFixture fixture = new SequenceFixture(1, 4, "");
        fixture.next("a", 5);
        fixture.request("b").of("five").submit();
        fixture.next("c", -1);
        assertThat(fixture.answers)
                .containsEntry("a", NOT_STARTED.formatted("5"))
                .containsEntry("b", NOT_STARTED.formatted("five"))
                .containsEntry("c", NOT_STARTED.formatted("18446744073709551615"));
    }

    @Test
    @Statement(57)
    void refusesARequestOfSeveralItems() {
        SequenceFixture fixture = new SequenceFixture(1, 4, "");
        fixture.request("a").of(5).start().shape(2, 2).submit();
        assertThat(fixture.answers)
                .containsEntry(
                        "a",
                        "INVALID_ARG inference request to model 'm' must specify batch-size 1 due to requirements of "
                                + "sequence batcher");
    }

    @Test
    @Statement(58)
    void runsASequenceInOrderOnOneInstance() {
        SequenceFixture fixture = new SequenceFixture(2, 1, "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.next("b2", 2);
        fixture.next("a2", 1);
        fixture.end("a3", 1);
        fixture.finish(1);
        fixture.finish(1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("1: b1", "1: b2", "0: a1", "0: a2", "0: a3");
    }

    @Test
    @Statement(59)
    void fillsTheFirstSlotsOfAllInstancesFirst() {
        SequenceFixture fixture = new SequenceFixture(2, 2, "");
        for (int i = 1; i <= 4; i++) {
            fixture.start("s" + i, i);
        }
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: s1", "1: s2", "0: - s3", "1: - s4");
    }

    @Test
    @Statement(60)
    void hasOneSlotForModelsThatDoNotBatch() {
        SequenceFixture fixture = new SequenceFixture(1, 0, "");
        fixture.start("a", 1);
        fixture.start("b", 2);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a");
        fixture.end("a2", 1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "0: a2", "0: b");
    }

    @Test
    @Statement({60, 82})
    void hasAsManySlotsAsCandidatesWhereTheConfigNamesANumber() {
        SequenceFixture fixture = new SequenceFixture(1, 4, "oldest { max_candidate_sequences: 2 }");
        for (int i = 1; i <= 3; i++) {
            fixture.start("s" + i, i);
        }
        fixture.finishAll();
        assertThat(fixture.answers).containsOnlyKeys("s1", "s2");
        fixture.end("e1", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsOnlyKeys("s1", "s2", "e1", "s3");
    }

    @Test
    @Statement(61)
    void givesAFreeSlotToTheOldestSequenceOfTheBacklogWithAllItsRequests() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.start("c1", 3);
        fixture.next("b2", 2);
        fixture.end("c2", 3);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1");
        fixture.end("a2", 1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2", "0: b1", "0: b2");
        fixture.end("b3", 2);
        fixture.finishAll();
        assertThat(fixture.runs).endsWith("0: b3", "0: c1", "0: c2");
        assertThat(fixture.answers.values()).containsOnly("ok");
    }

    @Test
    @Statement(62)
    void queuesASecondStartBehindTheFirst() {
        SequenceFixture fixture = new SequenceFixture(2, 1, "");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        try (CapturedLog log = CapturedLog.of(SequenceScheduler.class)) {
            fixture.start("again", 1);
            assertThat(log.lines())
                    .containsExactly("sequence 1 for model 'm' has a conflict. The previous sequence did not end before"
                            + " this sequence start. Previous sequence will be terminated early.");
        }
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2", "0: again");
        assertThat(fixture.answers.values()).containsOnly("ok");
    }

    @Test
    @Statement(62)
    void queuesASecondStartBehindTheFirstInTheBacklogToo() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.start("b", 2);
        fixture.start("again", 2);
        fixture.end("a2", 1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "0: a2", "0: b", "0: again");
    }

    @Test
    @Statement(63)
    void forgetsAnIdWithItsEnd() {
        SequenceFixture fixture = new SequenceFixture(2, 1, "");
        fixture.start("a1", 1);
        fixture.end("a2", 1);
        fixture.next("late", 1);
        fixture.start("new", 1);
        assertThat(fixture.answers).containsEntry("late", NOT_STARTED.formatted("1"));
        fixture.finish(1);
        assertThat(fixture.runs).containsExactly("1: new");
    }

    @Test
    @Statement(63)
    void freesADirectSlotWhenTheEndIsTaken() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.request("a").of(1).start().end().submit();
        fixture.start("b", 2);
        // The slot is b's already: it is idle from now on.
        fixture.clock.advanceMicros(999_999);
        fixture.next("b2", 2);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "0: b", "0: b2");
    }

    @Test
    @Statement(64)
    void runsASequenceOfOneRequest() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.request("a").of(1).start().end().submit();
        fixture.request("b").of(1).start().end().submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "0: b");
    }

    @Test
    @Statement(65)
    void freesTheSlotOfAnIdleSequenceWithoutAnAnswer() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.finishAll();
        fixture.start("b", 2);
        fixture.clock.advanceMicros(999_999 - fixture.executionMicros);
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1);
        fixture.finishAll();
        assertThat(fixture.answers).containsOnlyKeys("a", "b");
        fixture.next("late", 1);
        assertThat(fixture.answers).containsEntry("late", NOT_STARTED.formatted("1"));
    }

    @Test
    @Statement(65)
    void countsIdleTimeFromTheLastRequest() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.clock.advanceMicros(900_000);
        fixture.next("a2", 1);
        fixture.clock.advanceMicros(900_000);
        fixture.next("a3", 1);
        fixture.finishAll();
        assertThat(fixture.answers.values()).hasSize(3).containsOnly("ok");
    }

    @Test
    @Statement(65)
    void runsWhatAnIdleSequenceHasQueued() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.clock.advanceMicros(1_000_000);
        fixture.next("late", 1);
        fixture.start("b", 2);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("late", NOT_STARTED.formatted("1"));
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2", "0: b");
    }

    @Test
    @Statement(65)
    void doesNotEndSequencesOfTheBacklog() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.start("b", 2);
        for (int i = 0; i < 3; i++) {
            fixture.clock.advanceMicros(900_000);
            fixture.next("a" + i, 1);
        }
        fixture.end("end", 1);
        fixture.finishAll();
        // Its idle time begins with its slot.
        fixture.clock.advanceMicros(900_000);
        fixture.next("b2", 2);
        fixture.finishAll();
        assertThat(fixture.answers.values()).hasSize(7).containsOnly("ok");
    }

    @Test
    @Statement({9, 66})
    void refusesASequenceThatWaitsTooLongForASlot() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.request("b1").of(2).start().timeout(500).submit();
        fixture.clock.advanceMicros(100);
        fixture.request("b2").of(2).timeout(100).submit();
        fixture.next("b3", 2);
        fixture.clock.advanceMicros(99);
        assertThat(fixture.answers).isEmpty();
        fixture.clock.advanceMicros(1);
        assertThat(fixture.answers).containsOnlyKeys("b1", "b2", "b3");
        assertThat(fixture.answers.values())
                .containsOnly("UNAVAILABLE timeout of the corresponding sequence has been expired");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 3L);
        fixture.next("b4", 2);
        assertThat(fixture.answers).containsEntry("b4", NOT_STARTED.formatted("2"));
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
    }

    @Test
    @Statement(66)
    void ignoresTheTimeoutOfASequenceThatHasASlot() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.request("a2").of(1).timeout(100).submit();
        fixture.clock.advanceMicros(1000);
        fixture.finishAll();
        assertThat(fixture.answers.values()).hasSize(2).containsOnly("ok");
    }

    @Test
    @Statement(67)
    void tellsNumbersFromStrings() {
        SequenceFixture fixture = new SequenceFixture(1, 2, "");
        fixture.start("number", 7);
        fixture.request("string").of("7").submit();
        assertThat(fixture.answers).containsEntry("string", NOT_STARTED.formatted("7"));
        fixture.request("string too").of("7").start().submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: number", "0: - string too");
    }

    @Test
    @Statement(7)
    void whileStoppingTakesOnlyRequestsOfSequencesThatHaveStarted() throws InterruptedException {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        Thread closer = Thread.ofPlatform().start(fixture.scheduler::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        fixture.start("c", 3);
        fixture.start("again", 1);
        fixture.end("a2", 1);
        fixture.end("b2", 2);
        fixture.finishAll();
        closer.join();
        String stopping =
                "UNAVAILABLE Server is stopping, scheduler for model has stopped accepting new inference " + "requests";
        assertThat(fixture.answers).containsEntry("c", stopping).containsEntry("again", stopping);
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2", "0: b1", "0: b2");
        fixture.next("late", 1);
        assertThat(fixture.answers).containsEntry("late", stopping);
        assertThat(fixture.closedInstances).hasValue(1);
    }

    @Test
    @Statement(154)
    void countsTheBacklogAsQueueTime() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.start("b", 2);
        fixture.clock.advanceMicros(300);
        fixture.end("a2", 1);
        fixture.finishAll();
        // An execution takes 60 microseconds: a waited for 300, a2 for one execution, b for 300 and two.
        assertThat(fixture.statistics.snapshot().queue().nanos()).isEqualTo((300 + 60 + 420) * 1000);
        assertThat(fixture.statistics.snapshot().queue().count()).isEqualTo(3);
    }

    @Test
    @Statement(120)
    void keepsAnInstanceThatIsTakenAwayUntilItsSequencesAreOver() {
        SequenceFixture fixture = new SequenceFixture(2, 1, "");
        fixture.start("a1", 1);
        fixture.start("b1", 2);
        fixture.finishAll();
        CompletableFuture<Void> _ = fixture.scheduler.change(List.of(), List.of(fixture.lanes.get(1)));
        fixture.start("c1", 3);
        fixture.next("b2", 2);
        fixture.finishAll();
        assertThat(fixture.closedInstances).hasValue(0);
        fixture.end("b3", 2);
        fixture.finishAll();
        fixture.end("a2", 1);
        fixture.finishAll();
        fixture.end("c2", 3);
        fixture.finishAll();
        fixture.scheduler.close();
        assertThat(fixture.runs).containsExactly("0: a1", "1: b1", "1: b2", "1: b3", "0: a2", "0: c1", "0: c2");
        assertThat(fixture.closedInstances).hasValue(2);
    }

    @Test
    @Statement(120)
    void givesTheSlotsOfANewInstanceToTheBacklog() {
        SequenceFixture fixture = new SequenceFixture(1, 1, "");
        fixture.start("a", 1);
        fixture.start("b", 2);
        CompletableFuture<Void> _ = fixture.scheduler.change(List.of(fixture.lane()), List.of());
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "1: b");
    }

    @Test
    void startsNothingUntilEnoughRequestsAreThere() {
        SequenceFixture fixture = new SequenceFixture(
                1,
                "max_batch_size: 1 input { name: 'X' data_type: TYPE_INT32 dims: 2 } sequence_batching { "
                        + "max_sequence_idle_microseconds: 1000000 }",
                Path.of("."),
                SchedulerHold.of(
                        Map.of("TRITONSERVER_DELAY_SCHEDULER", "2", "TRITONSERVER_BACKLOG_DELAY_SCHEDULER", "1")));
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        assertThat(fixture.busy()).isZero();
        fixture.start("b", 2);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        fixture.next("a3", 1);
        assertThat(fixture.busy()).isEqualTo(1);
    }
}
