package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.Utilization.Load;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Counters that are turned by hand, at times that are too. */
class UtilizationTest {
    private static final double EXACT = 1e-9;

    private long nanos;
    private long coreNanos;
    private final Utilization utilization = new Utilization(() -> nanos, 2);
    private final ModelStatistics model = new ModelStatistics();

    UtilizationTest() {
        model.instances(2);
        read();
    }

    private Utilization.Reading read() {
        return utilization.read(Map.of("m", Load.of(model.snapshot(), 0)), coreNanos);
    }

    private double model() {
        return of(read());
    }

    private static double of(Utilization.Reading reading) {
        return Objects.requireNonNull(reading.models().get("m"));
    }

    private void sleep(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Executions of as many requests with one row each. */
    private void execute(int count, int requests, long queueMillis, long inferMillis) {
        ComputeTimes times = new ComputeTimes(0, TimeUnit.MILLISECONDS.toNanos(inferMillis), 0);
        long queueNanos = TimeUnit.MILLISECONDS.toNanos(queueMillis);
        for (int i = 0; i < count; i++) {
            model.recordExecution(requests, times, 0);
            for (int j = 0; j < requests; j++) {
                model.recordSuccess(1, queueNanos + TimeUnit.MILLISECONDS.toNanos(inferMillis), queueNanos, times);
            }
        }
    }

    @Test
    void anIdleServerIsAtZero() {
        sleep(10_000);
        assertThat(read().server()).isZero();
        assertThat(model()).isZero();
    }

    @Test
    void instancesThatAreBusyHalfOfTheTimeAreHalfFull() {
        execute(100, 1, 0, 100); // 10 s of 2 instances in 10 s
        sleep(10_000);
        assertThat(model()).isCloseTo(0.5, within(EXACT));
    }

    @Test
    void whatIsLongPastDoesNotCount() {
        execute(100, 1, 0, 100);
        for (int i = 0; i < 30; i++) {
            sleep(1000);
            read();
        }
        assertThat(model()).isZero();
        execute(20, 1, 0, 500);
        sleep(1000);
        assertThat(model()).isBetween(0.45, 0.5); // over the last 10 or 11 seconds
    }

    @Test
    void askingOftenDoesNotShortenTheTimeItIsMadeOf() {
        execute(100, 1, 0, 100);
        for (int i = 0; i < 100; i++) {
            sleep(100);
            read();
        }
        assertThat(model()).isCloseTo(0.5, within(0.05));
    }

    @Test
    void smallBatchesLeaveRoomWhereLargeOnesAreKnownToCostLess() {
        execute(10, 8, 0, 100); // a row of a full batch costs an eighth of a row alone
        sleep(20_000);
        read();
        execute(100, 1, 0, 100);
        sleep(10_000);
        assertThat(model()).isCloseTo(0.5 / 8, within(0.02));
    }

    @Test
    void requestsThatQueueUpOrAreRefusedAreDemandToo() {
        execute(100, 1, 200, 200);
        for (int i = 0; i < 300; i++) {
            model.enterQueue();
        }
        sleep(10_000);
        assertThat(model()).isCloseTo(4, within(EXACT)); // 100 were served, 400 came
        execute(100, 1, 200, 200);
        for (int i = 0; i < 100; i++) {
            model.recordFailure(FailureReason.REJECTED, 0);
        }
        sleep(10_000);
        read();
        sleep(1000);
        assertThat(model()).isBetween(1.5, 2.1);
    }

    @Test
    void longWaitsShowThatAModelIsFullThoughItsInstancesAreNot() {
        execute(10, 1, 900, 100); // it may wait for cores or resources
        sleep(10_000);
        assertThat(model()).isGreaterThan(0.9);
    }

    @Test
    void waitsOnPurposeAreNone() {
        execute(10, 1, 900, 100);
        sleep(10_000);
        Load load = Load.of(model.snapshot(), TimeUnit.MILLISECONDS.toNanos(900));
        assertThat(of(utilization.read(Map.of("m", load), 0))).isCloseTo(0.05, within(EXACT));
    }

    @Test
    void aModelThatOnlyWaitsIsFull() {
        model.enterQueue();
        sleep(10_000);
        assertThat(model()).isEqualTo(1);
    }

    @Test
    void theServerIsAsFullAsItsCoresOrItsFullestModel() {
        execute(100, 1, 0, 100);
        coreNanos = TimeUnit.SECONDS.toNanos(16); // of 2 cores in 10 s
        sleep(10_000);
        assertThat(read().server()).isCloseTo(0.8, within(EXACT));
        assertThat(model()).isCloseTo(0.5, within(EXACT));
    }

    @Test
    void aModelThatWasLoadedAgainBeginsAnew() {
        execute(100, 1, 0, 100);
        sleep(10_000);
        read();
        ModelStatistics fresh = new ModelStatistics();
        fresh.instances(1);
        sleep(10_000);
        Utilization.Reading reading = utilization.read(Map.of("m", Load.of(fresh.snapshot(), 0)), 0);
        assertThat(of(reading)).isZero();
    }
}
