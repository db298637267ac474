package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.statement.Statement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DirectStrategyTest {
    private static final String VARIABLE = "max_batch_size: 4 input { name: 'X' data_type: TYPE_INT32 dims: -1 %s } "
            + "sequence_batching { max_sequence_idle_microseconds: 1000000 }";

    /** Four slots of one instance, each with a sequence that has run its START. */
    private static SequenceFixture four(String direct) {
        SequenceFixture fixture = new SequenceFixture(1, 4, direct);
        for (int i = 0; i < 4; i++) {
            fixture.start("start" + i, i + 1);
            fixture.finishAll();
            if (fixture.busy() == 0 && fixture.runs.size() <= i) {
                fixture.clock.advanceMicros(10_000);
                fixture.finishAll();
            }
        }
        fixture.runs.clear();
        return fixture;
    }

    @Test
    @Statement(75)
    void keepsTheBatchIndexOfEverySequence() {
        SequenceFixture fixture = four("");
        fixture.next("busy", 1);
        fixture.next("c", 3);
        fixture.next("b", 2);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: busy", "0: - b c");
        fixture.next("d", 4);
        fixture.finishAll();
        assertThat(fixture.runs).endsWith("0: - - - d");
    }

    @Test
    @Statement({76, 155})
    void countsPaddingInTheBatchButNotAsARequest() {
        SequenceFixture fixture = four("");
        long requests = fixture.statistics.snapshot().success().count();
        List<String> shapes = new ArrayList<>();
        fixture.behaviour = execution -> {
            shapes.add(execution.input("X").orElseThrow().shape().toString());
            SequenceFixture.answer(execution);
        };
        fixture.next("c", 3);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: - - c");
        assertThat(shapes).hasSize(3).containsOnly("[1,2]");
        assertThat(fixture.statistics.snapshot().success().count()).isEqualTo(requests + 1);
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(requests + 1);
        // As were the batches that started the third sequence and, one slot less, the second.
        assertThat(Objects.requireNonNull(
                                fixture.statistics.snapshot().batches().get(3L))
                        .input()
                        .count())
                .isEqualTo(2);
        assertThat(fixture.answers).containsEntry("c", "ok").doesNotContainKey("");
    }

    @Test
    @Statement(77)
    void letsARequestOfAnotherShapeWaitForALaterBatch() {
        SequenceFixture fixture = new SequenceFixture(1, VARIABLE.formatted(""), Path.of("."), new SchedulerHold(3, 0));
        fixture.request("a").of(1).start().shape(1, 2).submit();
        fixture.request("b").of(2).start().shape(1, 3).submit();
        fixture.request("c").of(3).start().shape(1, 2).submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a - c", "0: - b");
    }

    @Test
    @Statement(77)
    void comparesNoShapesWhereTheyMayBeRagged() {
        SequenceFixture fixture = new SequenceFixture(
                1, VARIABLE.formatted("allow_ragged_batch: true"), Path.of("."), new SchedulerHold(2, 0));
        fixture.request("a").of(1).start().shape(1, 2).submit();
        fixture.request("b").of(2).start().shape(1, 3).submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a b");
    }

    @Test
    @Statement(78)
    void runsWhateverIsReadyWithoutAMinimumOrADelay() {
        for (String direct :
                List.of("direct { minimum_slot_utilization: 1 }", "direct { max_queue_delay_microseconds: 1000 }")) {
            SequenceFixture fixture = four(direct);
            fixture.next("a", 1);
            assertThat(fixture.busy()).isEqualTo(1);
        }
    }

    @Test
    @Statement(78)
    void waitsForTheMinimumUtilization() {
        SequenceFixture fixture = four("direct { minimum_slot_utilization: 0.75 max_queue_delay_microseconds: 1000 }");
        fixture.next("a", 1);
        fixture.next("b", 2);
        assertThat(fixture.busy()).isZero();
        fixture.next("d", 4);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a b - d");
    }

    @Test
    @Statement(78)
    void waitsForTheMinimumUtilizationNoLongerThanTheDelay() {
        SequenceFixture fixture = four("direct { minimum_slot_utilization: 0.75 max_queue_delay_microseconds: 1000 }");
        fixture.next("a", 1);
        fixture.clock.advanceMicros(600);
        fixture.next("b", 2);
        fixture.clock.advanceMicros(399);
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a b");
    }

    @Test
    @Statement(80)
    void formsTheNextBatchWhenTheOneBeforeIsAnswered() {
        SequenceFixture fixture = four("");
        List<Execution> held = new ArrayList<>();
        fixture.behaviour = held::add;
        fixture.next("a1", 1);
        fixture.next("b1", 2);
        fixture.finish(0);
        // The backend has returned, but will answer later.
        assertThat(fixture.busy()).isZero();
        fixture.behaviour = SequenceFixture::answer;
        SequenceFixture.answer(held.getFirst());
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: - b1");
    }

    @Test
    void mayHaveMorePlacesInABatchThanThereIsMemoryFor() {
        SequenceFixture fixture = new SequenceFixture(2, Integer.MAX_VALUE, "direct {}");
        for (int i = 1; i <= 6; i++) {
            fixture.start("s" + i, i);
        }
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: s1", "1: s2", "0: - s3 s5", "1: - s4 s6");
    }
}
