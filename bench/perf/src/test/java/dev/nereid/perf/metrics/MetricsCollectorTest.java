package dev.nereid.perf.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MetricsCollectorTest {
    @Test
    void textIsReadWithItsLabelsAndOddValues() {
        PrometheusText.Poll poll = PrometheusText.read("""
                # HELP a what it is
                # TYPE a gauge
                a{x="1",y="}\\"\\n,z=\\"q"} 2.5 1700000000
                a 3e2
                # TYPE b counter
                b{} +Inf
                # TYPE h histogram
                h_bucket{le="1"} 5
                h_sum 9
                broken{
                no number
                """);
        assertThat(poll.values())
                .containsOnly(
                        Map.entry(new Series("a", Map.of("x", "1", "y", "}\"\n,z=\"q")), 2.5),
                        Map.entry(new Series("a", Map.of()), 300.0),
                        Map.entry(new Series("b", Map.of()), Double.POSITIVE_INFINITY));
        assertThat(poll.counters()).containsExactly("b");
    }

    @Test
    void gaugesKeepTheirExtremesAndCountersTheirGrowth() throws Exception {
        AtomicInteger number = new AtomicInteger();
        Semaphore polled = new Semaphore(0);
        long begin = System.nanoTime();
        try (MetricsCollector collector = new MetricsCollector(
                () -> {
                    polled.release();
                    // A counter that grows by 1000 a second.
                    double grown = (System.nanoTime() - begin) / 1e6;
                    return "# TYPE g gauge\ng " + number.incrementAndGet() + "\n# TYPE c counter\nc " + grown + "\n";
                },
                20)) {
            collector.begin();
            polled.drainPermits();
            assertThat(polled.tryAcquire(6, 30, TimeUnit.SECONDS)).isTrue();
            List<MetricRange> ranges = collector.end();
            MetricRange gauge = ranges.getFirst();
            assertThat(gauge.name()).isEqualTo("g");
            assertThat(gauge.most() - gauge.least()).isEqualTo(gauge.polls() - 1);
            assertThat(gauge.mean()).isCloseTo((gauge.least() + gauge.most()) / 2, within(1e-9));
            MetricRange counter = ranges.getLast();
            assertThat(counter.counter()).isTrue();
            assertThat(counter.mean()).isBetween(100.0, 10_000.0);
        }
    }

    @Test
    void aPollThatBeganBeforeALevelIsNotOfTheLevel() throws Exception {
        AtomicInteger number = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        try (MetricsCollector collector = new MetricsCollector(
                () -> {
                    int poll = number.incrementAndGet();
                    if (poll == 2) {
                        asked.countDown();
                        await(answer);
                    }
                    return "# TYPE g gauge\ng " + poll + "\n";
                },
                1)) {
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            collector.begin();
            answer.countDown();
            assertThat(collector.end().getFirst().least()).isEqualTo(3);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void serverWithoutMetricsIsToldAtOnceAndALaterFailureIsKept() {
        assertThatThrownBy(() -> new MetricsCollector(
                                () -> {
                                    throw new IllegalStateException("nobody there");
                                },
                                1000)
                        .close())
                .hasMessage("nobody there");
        AtomicInteger number = new AtomicInteger();
        try (MetricsCollector collector = new MetricsCollector(
                () -> {
                    if (number.getAndIncrement() > 0) {
                        throw new IllegalStateException("gone");
                    }
                    return "";
                },
                60_000)) {
            assertThat(collector.end()).isEmpty();
            assertThat(collector.problem()).isEqualTo("gone");
        }
    }
}
