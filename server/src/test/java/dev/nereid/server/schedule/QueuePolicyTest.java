package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueuePolicyTest {
    private static final Shape ONE = Shape.of(1, 2);

    /** A batcher whose only instance is busy. */
    private static SchedulerFixture busy(String batching) {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching { " + batching
                        + " }");
        fixture.submit("busy");
        assertThat(fixture.busy()).isEqualTo(1);
        return fixture;
    }

    private static List<List<String>> finish(SchedulerFixture fixture) {
        fixture.finishAll();
        return fixture.batches.subList(1, fixture.batches.size());
    }

    @Test
    @Statement(42)
    void refusesARequestThatFindsTheQueueFull() {
        SchedulerFixture fixture = busy("default_queue_policy { max_queue_size: 2 }");
        for (String id : List.of("a", "b", "c")) {
            fixture.submit(id);
        }
        assertThat(fixture.answers).containsEntry("c", "UNAVAILABLE [request id: c] Exceeds maximum queue size");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 1L);
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(2);
        assertThat(finish(fixture)).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement({41, 42})
    void limitsEachPriorityLevelByItself() {
        SchedulerFixture fixture = busy("priority_levels: 2 default_priority_level: 1 "
                + "default_queue_policy { max_queue_size: 1 } "
                + "priority_queue_policy { key: 2 value { max_queue_size: 2 } }");
        fixture.submit("high", ONE, 1, 0);
        fixture.submit("high too", ONE, 1, 0);
        fixture.submit("low", ONE, 2, 0);
        fixture.submit("low too", ONE, 2, 0);
        assertThat(fixture.answers).containsOnlyKeys("high too");
    }

    @Test
    void servesCopiesForShadowsLast() {
        SchedulerFixture fixture = busy("preferred_batch_size: 1 priority_levels: 3 default_priority_level: 2");
        InferRequest high = fixture.submit("high", ONE, 1, 0);
        fixture.submit(high.backgroundCopy());
        fixture.submit("low", ONE, 3, 0);
        fixture.submit("default", ONE, 0, 0);

        assertThat(finish(fixture))
                .containsExactly(List.of("high"), List.of("default"), List.of("high"), List.of("low"));
    }

    /** 2^64 - 1 is for ever, as are other numbers that no clock counts to. */
    @ParameterizedTest
    @ValueSource(strings = {"18446744073709551615", "9223372036854775807", "9223372036854776"})
    void aTimeoutBeyondAllTimesIsNone(String micros) {
        SchedulerFixture fixture = busy("default_queue_policy { default_timeout_microseconds: " + micros + " }");
        fixture.submit("a");
        assertThat(finish(fixture)).containsExactly(List.of("a"));
    }

    @Test
    @Statement(43)
    void rejectsARequestThatExpiresWhileInstancesAreBusy() {
        SchedulerFixture fixture = busy("default_queue_policy { default_timeout_microseconds: 1000 }");
        fixture.submit("a");
        fixture.clock.advanceMicros(999);
        assertThat(fixture.answers).isEmpty();
        fixture.clock.advanceMicros(1);
        assertThat(fixture.answers).containsEntry("a", "UNAVAILABLE Request timeout expired");
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.REJECTED, 1L);
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        assertThat(finish(fixture)).isEmpty();
    }

    @Test
    @Statement(44)
    void countsTheTimeoutOnlyUntilARequestIsTaken() {
        SchedulerFixture fixture = busy("default_queue_policy { default_timeout_microseconds: 1000 }");
        fixture.clock.advanceMicros(5000);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("busy", "ok");
    }

    @Test
    @Statement(45)
    void movesAnExpiredRequestBehindTheOthersOfItsLevel() {
        SchedulerFixture fixture = busy("preferred_batch_size: 1 "
                + "default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1000 }");
        fixture.submit("late");
        fixture.clock.advanceMicros(1000);
        fixture.submit("in time");
        assertThat(finish(fixture)).containsExactly(List.of("in time"), List.of("late"));
        assertThat(fixture.answers.values()).containsOnly("ok");
    }

    @Test
    @Statement(45)
    void runsAnExpiredRequestBeforeLowerLevels() {
        SchedulerFixture fixture = busy("preferred_batch_size: 1 priority_levels: 2 default_priority_level: 2 "
                + "priority_queue_policy { key: 1 value { timeout_action: DELAY default_timeout_microseconds: 10 } }");
        fixture.submit("low", ONE, 2, 0);
        fixture.submit("high", ONE, 1, 0);
        fixture.clock.advanceMicros(10);
        assertThat(finish(fixture)).containsExactly(List.of("high"), List.of("low"));
    }

    @Test
    @Statement(46)
    void letsARequestShortenTheTimeoutWhereThatIsAllowed() {
        SchedulerFixture fixture =
                busy("default_queue_policy { " + "default_timeout_microseconds: 1000 allow_timeout_override: true }");
        fixture.submit("short", ONE, 0, 100);
        fixture.submit("long", ONE, 0, 5000);
        fixture.clock.advanceMicros(100);
        assertThat(fixture.answers).containsOnlyKeys("short");
        fixture.clock.advanceMicros(900);
        assertThat(fixture.answers).containsOnlyKeys("short", "long");
    }

    @Test
    @Statement(46)
    void ignoresARequestsTimeoutWhereThereIsNoDefault() {
        SchedulerFixture fixture = busy("default_queue_policy { allow_timeout_override: true }");
        fixture.submit("a", ONE, 0, 1);
        fixture.clock.advanceMicros(1_000_000);
        assertThat(finish(fixture)).containsExactly(List.of("a"));
    }

    @Test
    @Statement(48)
    void formsADelayedBatchAnewWhenAMemberExpires() {
        SchedulerFixture fixture = new SchedulerFixture(
                1,
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching { "
                        + "max_queue_delay_microseconds: 1000 default_queue_policy { "
                        + "default_timeout_microseconds: 600 allow_timeout_override: true } }");
        fixture.submit("a", ONE, 0, 200);
        fixture.clock.advanceMicros(100);
        fixture.submit("b", ONE, 0, 0);
        fixture.clock.advanceMicros(100);
        assertThat(fixture.answers).containsOnlyKeys("a");
        fixture.clock.advanceMicros(499);
        assertThat(fixture.answers).containsOnlyKeys("a");
        fixture.clock.advanceMicros(1);
        assertThat(fixture.answers).containsOnlyKeys("a", "b");
        assertThat(fixture.busy()).isZero();
    }

    @Test
    @Statement(6)
    void givesARequestOfNoOrAnUnknownPriorityTheDefaultLevel() {
        SchedulerFixture fixture = busy("preferred_batch_size: 1 priority_levels: 3 default_priority_level: 2");
        fixture.submit("three", Shape.of(1, 2), 3, 0);
        fixture.submit("none", Shape.of(1, 2), 0, 0);
        fixture.submit("beyond", Shape.of(1, 2), 4, 0);
        fixture.submit("two", Shape.of(1, 2), 2, 0);
        fixture.submit("one", Shape.of(1, 2), 1, 0);
        fixture.finishAll();
        assertThat(fixture.batches.subList(1, fixture.batches.size()))
                .containsExactly(List.of("one"), List.of("none"), List.of("beyond"), List.of("two"), List.of("three"));
    }

    @Test
    void servesPrioritiesOfTheWholeRangeOfUnsignedNumbers() {
        SchedulerFixture fixture = busy("preferred_batch_size: 1 priority_levels: 18446744073709551615 "
                + "default_priority_level: 18446744073709551614 "
                + "priority_queue_policy { key: 9223372036854775808 value { max_queue_size: 1 } }");
        long half = Long.MIN_VALUE;
        fixture.submit("last", Shape.of(1, 2), -1, 0);
        fixture.submit("none", Shape.of(1, 2), 0, 0);
        fixture.submit("half", Shape.of(1, 2), half, 0);
        fixture.submit("too many", Shape.of(1, 2), half, 0);
        assertThat(fixture.answers).containsOnlyKeys("too many");
        fixture.submit("seven", Shape.of(1, 2), 7, 0);
        fixture.finishAll();
        assertThat(fixture.batches.subList(1, fixture.batches.size()))
                .containsExactly(List.of("seven"), List.of("half"), List.of("none"), List.of("last"));
    }
}
