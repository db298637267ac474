package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.statement.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The hook that TRITONSERVER_DELAY_SCHEDULER sets. */
class DelayedStartTest {
    private final SchedulerFixture fixture = new SchedulerFixture(
            1, "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching {}");

    @Test
    @Statement(30)
    void holdsTheBatcherUntilSoManyRequestsAreQueuedAndThenNoMore() {
        fixture.scheduler.holdingBack(3);
        fixture.submit("a");
        fixture.submit("b");
        assertThat(fixture.busy()).isZero();
        fixture.submit("c");
        fixture.finishAll();
        fixture.submit("d");
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("a", "b", "c"), List.of("d"));
    }

    @Test
    void runsWhatIsHeldWhenTheServerStops() {
        fixture.scheduler.holdingBack(3);
        fixture.submit("a");
        fixture.scheduler.refuse();
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a", "ok");
    }
}
