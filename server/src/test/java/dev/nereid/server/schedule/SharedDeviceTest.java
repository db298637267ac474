package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.Shape;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SharedDeviceTest {
    private final VirtualClock clock = new VirtualClock();
    private final SharedDevice device = new SharedDevice();

    private SchedulerFixture model(int instances, String objective) {
        return model(objective, Collections.nCopies(instances, Turn.FREE).toArray(Turn[]::new));
    }

    private SchedulerFixture model(String objective, Turn... turns) {
        return new SchedulerFixture(
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching { }"
                        + " parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } }" + objective,
                clock,
                device,
                turns);
    }

    private static String slo(int millis) {
        return " parameters { key: 'scheduler.slo_ms' value { string_value: '" + millis + "' } }";
    }

    @Test
    void oneModelAtATimeHasTheDevice() {
        SchedulerFixture first = model(1, slo(1000));
        SchedulerFixture second = model(1, slo(1000));
        first.submit("a");
        second.submit("b");
        assertThat(first.busy()).isEqualTo(1);
        assertThat(second.busy()).isZero();
        first.finish(0);
        assertThat(second.busy()).isEqualTo(1);
        second.finish(0);
        assertThat(second.answers).containsEntry("b", "ok");
    }

    @Test
    void aBatchIsFormedWhenTheDeviceIsFreeAndNotBefore() {
        SchedulerFixture first = model(1, slo(1000));
        SchedulerFixture second = model(1, slo(1000));
        first.submit("a");
        second.submit("b");
        second.submit("c");
        second.submit("d");
        first.finish(0);
        second.finish(0);
        assertThat(second.batches).containsExactly(List.of("b", "c", "d"));
    }

    @Test
    void theModelWhoseDeadlineIsNearestGoesFirst() {
        SchedulerFixture busy = model(1, slo(1000));
        SchedulerFixture patient = model(1, slo(1000));
        SchedulerFixture hurried = model(1, slo(100));
        busy.submit("x");
        patient.submit("p");
        clock.advanceMicros(1_000);
        hurried.submit("h");
        busy.finish(0);
        assertThat(patient.busy()).isZero();
        assertThat(hurried.busy()).isEqualTo(1);
        hurried.finish(0);
        assertThat(patient.busy()).isEqualTo(1);
    }

    @Test
    void aModelOfSeveralInstancesOpensTheDeviceForAsManyBatches() {
        SchedulerFixture pair = model(2, slo(1000));
        SchedulerFixture single = model(1, slo(1000));
        pair.submit("a");
        single.submit("b");
        assertThat(pair.busy()).isEqualTo(1);
        assertThat(single.busy()).isEqualTo(1);
        pair.submit("c");
        assertThat(pair.busy()).isEqualTo(1);
        single.finish(0);
        assertThat(pair.busy()).isEqualTo(2);
    }

    @Test
    void aModelWithoutAnObjectiveRunsBesideTheOthers() {
        SchedulerFixture first = model(1, slo(1000));
        SchedulerFixture free = model(1, "");
        first.submit("a");
        free.submit("b");
        assertThat(first.busy()).isEqualTo(1);
        assertThat(free.busy()).isEqualTo(1);
    }

    @Test
    void aModelWhoseRequestsHaveAllExpiredMakesWay() {
        SchedulerFixture first = model(1, slo(1000));
        SchedulerFixture expiring = model(1, slo(1000));
        SchedulerFixture last = model(1, slo(1000));
        first.submit("a");
        expiring.submit("gone", Shape.of(1, 2), 0, 1_000);
        last.submit("b");
        clock.advanceMicros(2_000);
        first.finish(0);
        assertThat(expiring.answers.get("gone")).startsWith("UNAVAILABLE");
        assertThat(last.busy()).isEqualTo(1);
    }

    @Test
    @Timeout(10)
    void aModelThatWaitsForItsTurnLeavesTheDeviceToTheOthers() {
        RateLimiter limiter = RateLimiter.of(new RateLimitConfig(true, List.of()));
        ModelRateLimiter needs = ModelRateLimiter.newBuilder()
                .addResources(
                        ModelRateLimiter.Resource.newBuilder().setName("R").setCount(1))
                .build();
        SchedulerFixture holder = model("", limiter.newModel().newTurn(needs));
        SchedulerFixture waiting = model(slo(100), limiter.newModel().newTurn(needs));
        SchedulerFixture other = model(1, slo(1000));
        holder.submit("h");
        waiting.submit("w");
        other.submit("a");
        assertThat(waiting.busy()).isZero();
        assertThat(other.busy()).isEqualTo(1);
        other.submit("b");
        other.finish(0);
        assertThat(other.busy()).isEqualTo(1);
        holder.finish(0);
        assertThat(waiting.busy()).as("the device is taken").isZero();
        other.finish(0);
        waiting.finish(0);
        assertThat(waiting.answers).containsEntry("w", "ok");
    }

    @Test
    void aClosedModelLeavesTheDeviceToTheOthers() {
        SchedulerFixture leaving = model(1, slo(1000));
        SchedulerFixture staying = model(1, slo(1000));
        leaving.submit("a");
        staying.submit("b");
        leaving.finish(0);
        leaving.scheduler.close();
        staying.finish(0);
        staying.submit("c");
        staying.finishAll();
        assertThat(leaving.closedInstances).hasValue(1);
        assertThat(staying.answers).containsEntry("b", "ok").containsEntry("c", "ok");
    }
}
