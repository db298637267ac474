package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.statement.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PreserveOrderingTest {
    private static SchedulerFixture fixture(int instances, String more) {
        return new SchedulerFixture(
                instances, "max_batch_size: 1 input { name: 'X' data_type: TYPE_INT32 dims: 2 } " + more);
    }

    private static final String ORDERED = "dynamic_batching { preserve_ordering: true } ";

    @Test
    @Statement(52)
    void letsAFinishedRequestWaitForEarlierOnesOnOtherInstances() {
        SchedulerFixture fixture = fixture(3, ORDERED);
        fixture.submit("a");
        fixture.submit("b");
        fixture.submit("c");
        fixture.finish(1);
        fixture.finish(2);
        assertThat(fixture.batches).hasSize(2);
        assertThat(fixture.heard).isEmpty();
        fixture.finish(0);
        assertThat(fixture.heard).containsExactly("a ok", "b ok", "c ok");
    }

    @Test
    @Statement(52)
    void keepsTheOrderOfErrorsToo() {
        SchedulerFixture fixture = fixture(2, ORDERED);
        fixture.submit("a");
        fixture.submit("b");
        fixture.failing = true;
        fixture.finish(1);
        fixture.failing = false;
        fixture.finish(0);
        assertThat(fixture.heard).containsExactly("a ok", "b INTERNAL the model is broken");
    }

    @Test
    @Statement(52)
    void passesAllResponsesOfTheFirstIncompleteDecoupledRequest() {
        SchedulerFixture fixture = fixture(2, ORDERED + "model_transaction_policy { decoupled: true }");
        Map<String, Execution> running = new HashMap<>();
        fixture.answering = batch -> batch.executions()
                .forEach(execution -> running.put(execution.request().header().id(), execution));
        fixture.submit("a");
        fixture.submit("b");
        fixture.finishAll();
        Execution a = Objects.requireNonNull(running.get("a"));
        Execution b = Objects.requireNonNull(running.get("b"));
        SchedulerFixture.respond(b, false);
        SchedulerFixture.respond(a, false);
        assertThat(fixture.heard).as("b waits although a has spoken").containsExactly("a part");
        SchedulerFixture.respond(b, false);
        SchedulerFixture.respond(a, false);
        assertThat(fixture.heard).containsExactly("a part", "a part");
        a.end();
        assertThat(fixture.heard).containsExactly("a part", "a part", "a end", "b part", "b part");
        SchedulerFixture.respond(b, true);
        assertThat(fixture.heard).endsWith("b ok");
    }

    @Test
    @Statement(52)
    void givesARequestThatWasNeverTakenNoPlace() {
        SchedulerFixture fixture = fixture(1, ORDERED);
        fixture.submit("a");
        fixture.submit("b").cancel();
        fixture.submit("c");
        fixture.finishAll();
        assertThat(fixture.heard).containsExactlyInAnyOrder("a ok", "b CANCELLED Request cancelled", "c ok");
    }

    @Test
    @Statement(53)
    void answersAsRequestsFinishWhereNoOrderIsAskedFor() {
        SchedulerFixture fixture = fixture(2, "dynamic_batching { }");
        fixture.submit("a");
        fixture.submit("b");
        fixture.finish(1);
        fixture.finish(0);
        assertThat(fixture.heard).containsExactly("b ok", "a ok");
    }
}
