package dev.nereid.perf.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.client.Failure;
import dev.nereid.perf.measure.LevelResult.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoodputTest {
    private static final long MILLI = 1_000_000;

    private static LevelResult level(Map<Failure.Kind, Long> failures, long... latencies) {
        Samples samples = new Samples();
        for (long latency : latencies) {
            // Each was sent two milliseconds later than it should have been.
            samples.add(0, 2 * MILLI, 2 * MILLI, 2 * MILLI, latency * MILLI, 1, false, true);
        }
        MeasurementWindow window =
                new MeasurementWindow(0, 2000 * MILLI, samples, failures, "", List.of(), GeneratorUsage.NONE);
        Summary summary = Summary.of(samples, 4, -1, window.nanos());
        return new LevelResult(1, Verdict.STABLE, summary, window, List.of(window), 0, List.of());
    }

    @Test
    void answersCountThatComeInTimeFromWhenTheyWereDue() {
        Goodput goodput = Goodput.of(level(Map.of(), 9, 10, 11, 12), 10);
        assertThat(goodput.within()).isEqualTo(2);
        assertThat(goodput.percent()).isEqualTo(50);
        // Four a request, two requests in two seconds.
        assertThat(goodput.throughput()).isEqualTo(4);
    }

    @Test
    void requestsThatFailAreNotInTime() {
        Goodput goodput = Goodput.of(level(Map.of(Failure.Kind.REFUSED, 3L), 5), 10);
        assertThat(goodput.requests()).isEqualTo(4);
        assertThat(goodput.percent()).isEqualTo(25);
    }

    @Test
    void ofNoRequestsNothingIsGood() {
        Goodput goodput = Goodput.of(level(Map.of()), 10);
        assertThat(goodput.throughput()).isZero();
        assertThat(goodput.percent()).isZero();
    }
}
