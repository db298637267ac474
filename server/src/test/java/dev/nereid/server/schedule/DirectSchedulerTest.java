package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirectSchedulerTest {
    private static final String CONFIG = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 }";

    @Test
    @Statement(10)
    void executesEveryRequestAloneInTheOrderOfArrival() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        for (String id : List.of("a", "b", "c")) {
            fixture.submit(id);
        }
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"), List.of("c"));
        assertThat(fixture.statistics.snapshot().executionCount()).isEqualTo(3);
    }

    @Test
    @Statement(10)
    void keepsAClientsBatchTogetherAsOneExecution() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.submit("a", 8);
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().executionCount()).isEqualTo(1);
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(8);
    }

    @Test
    @Statement(11)
    void runsAsManyRequestsAtATimeAsThereAreInstances() {
        SchedulerFixture fixture = new SchedulerFixture(2, CONFIG);
        fixture.submit("a");
        fixture.submit("b");
        fixture.submit("c");
        assertThat(fixture.busy()).isEqualTo(2);
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(1);
        fixture.finish(1);
        assertThat(fixture.answers).containsOnlyKeys("b");
        fixture.finish(1);
        assertThat(fixture.answers).containsOnlyKeys("b", "c");
        fixture.finish(0);
        assertThat(fixture.answers).containsOnlyKeys("b", "c", "a");
    }

    @Test
    @Statement(12)
    void handsACancelledRequestToTheBackend() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.submit("a");
        fixture.submit("b").cancel();
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    @Statement(12)
    void ignoresTimeoutsAndPriorities() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.submit("a");
        fixture.submit("b", dev.nereid.tensor.Shape.of(1, 2), 0, 10);
        fixture.submit("c", dev.nereid.tensor.Shape.of(1, 2), 1, 0);
        fixture.clock.advanceMicros(1_000_000);
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"), List.of("c"));
        assertThat(fixture.answers.values()).containsOnly("ok");
    }

    @Test
    void runsATinyModelOnTheCallersThreadOnceItsTimeIsKnown() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.inferMicros = 20;
        fixture.submit("first");
        assertThat(fixture.answers).isEmpty();
        fixture.finishAll();
        fixture.submit("second");
        assertThat(fixture.answers).containsKeys("first", "second");
        assertThat(fixture.busy()).isZero();
    }

    @Test
    void aTinyModelThatFailsOnTheCallersThreadHasNotRefusedTheRequest() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.inferMicros = 20;
        fixture.failing = true;
        InferRequest first = fixture.submit("first");
        assertThat(first.hasBegun()).isFalse();
        fixture.finishAll();
        InferRequest second = fixture.submit("second");
        assertThat(fixture.busy()).isZero();
        assertThat(fixture.answers).containsEntry("second", "INTERNAL the model is broken");
        assertThat(second.hasBegun()).isTrue();
    }

    @Test
    void leavesALongExecutionToTheInstancesThread() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.inferMicros = 200;
        fixture.submit("first");
        fixture.finishAll();
        fixture.submit("second");
        assertThat(fixture.answers).containsOnlyKeys("first");
        assertThat(fixture.busy()).isEqualTo(1);
    }

    @Test
    void answersEveryRequestOfABatchThatFails() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG);
        fixture.failing = true;
        fixture.submit("a");
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "INTERNAL the model is broken");
    }
}
