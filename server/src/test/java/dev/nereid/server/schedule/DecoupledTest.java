package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.statement.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DecoupledTest {
    private final Map<String, Execution> running = new HashMap<>();

    private SchedulerFixture fixture(String more) {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                        + "model_transaction_policy { decoupled: true } " + more);
        // Slow enough not to run on the submitting thread.
        fixture.inputMicros = 100;
        fixture.answering = batch -> batch.executions()
                .forEach(execution -> running.put(execution.request().header().id(), execution));
        return fixture;
    }

    private Execution running(String id) {
        return Objects.requireNonNull(running.get(id), id);
    }

    @Test
    @Statement(160)
    void freesTheInstanceWhenTheExecutionReturnsAndNotAtTheLastResponse() {
        SchedulerFixture fixture = fixture("dynamic_batching {}");
        fixture.submit("a");
        fixture.finish(0);
        fixture.submit("b");
        assertThat(fixture.busy()).as("b runs although a is not done").isEqualTo(1);
        fixture.finish(0);
        SchedulerFixture.respond(running("b"), true);
        SchedulerFixture.respond(running("a"), false);
        running("a").end();
        assertThat(fixture.heard).containsExactly("b ok", "a part", "a end");
        assertThat(fixture.batches).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    void countsARequestWhenItsLastResponseIsMade() {
        SchedulerFixture fixture = fixture("");
        fixture.submit("a");
        fixture.finish(0);
        SchedulerFixture.respond(running("a"), false);
        assertThat(fixture.statistics.snapshot().success().count()).isZero();
        fixture.clock.advanceMicros(7);
        running("a").end();
        assertThat(fixture.statistics.snapshot().success()).isEqualTo(new Duration(1, 107_000));
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(1);
    }

    @Test
    void refusesAResponseAfterTheLast() {
        SchedulerFixture fixture = fixture("");
        fixture.submit("a");
        fixture.finish(0);
        SchedulerFixture.respond(running("a"), true);
        assertThatThrownBy(() -> SchedulerFixture.respond(running("a"), false))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> running("a").end()).isInstanceOf(IllegalStateException.class);
        assertThat(fixture.heard).containsExactly("a ok");
    }

    @Test
    @Statement(150)
    void countsResponsesByTheirPlaceWithinTheRequest() {
        SchedulerFixture fixture = fixture("");
        fixture.submit("a");
        fixture.finish(0);
        fixture.clock.advanceMicros(10);
        running("a").stage(Execution.Stage.INFER_DONE);
        fixture.clock.advanceMicros(2);
        SchedulerFixture.respond(running("a"), false);
        fixture.clock.advanceMicros(3);
        running("a").leaveOut();
        running("a").end(); // is no response

        fixture.submit("b");
        fixture.finish(0);
        running("b").fail(InferException.internal("broken"));
        fixture.submit("c");
        fixture.finish(0);
        running("c").fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));

        Duration none = new Duration(0, 0);
        assertThat(fixture.statistics.snapshot().responses())
                .containsOnlyKeys(0, 1)
                .containsEntry(
                        0,
                        new StatisticsSnapshot.Responses(
                                new Duration(2, 210_000),
                                new Duration(2, 2_000),
                                new Duration(1, 112_000),
                                new Duration(1, 100_000),
                                none,
                                new Duration(1, 100_000)))
                .containsEntry(
                        1,
                        new StatisticsSnapshot.Responses(
                                new Duration(1, 3_000), none, none, none, new Duration(1, 3_000), none));
    }

    @Test
    @Statement(150)
    void countsNoResponsesOfAModelThatAnswersOnce() {
        SchedulerFixture fixture = new SchedulerFixture(1, "max_batch_size: 8 dynamic_batching {}");
        fixture.submit("a");
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().responses()).isEmpty();
    }
}
