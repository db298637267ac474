package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.LevelResult.Verdict;
import dev.nereid.perf.measure.MeasurementWindow;
import dev.nereid.perf.measure.Samples;
import dev.nereid.perf.measure.Summary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against a server that answers in time up to a rate, and only a share of the requests beyond it. */
class MaxRateSearchTest {
    private static final long MILLI = 1_000_000;

    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    private final List<LevelResult> runs = new ArrayList<>();

    private double search(double capacity, double lateBeyond, double start) throws IOException {
        PerfOptions options = new PerfOptions();
        options.goal.millis = 10;
        options.goal.percentile = 99;
        options.interval = 1000;
        MaxRateSearch.Trial trial = (rate, requests) -> {
            Samples samples = new Samples();
            for (int i = 0; i < requests; i++) {
                boolean late = rate > capacity && i < lateBeyond * requests;
                samples.add(0, 0, 0, 0, late ? 11 * MILLI : 9 * MILLI, 1, false, false);
            }
            MeasurementWindow window = new MeasurementWindow(
                    0,
                    1000 * MILLI,
                    samples,
                    Map.of(),
                    "",
                    List.of(),
                    MeasurementWindow.merged(List.of()).usage());
            return new LevelResult(
                    rate, Verdict.STABLE, Summary.of(samples, 1, -1, window.nanos()), window, List.of(), 0, List.of());
        };
        PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
        return new MaxRateSearch(options, trial, out, runs::add, Interrupts.none()).run(start);
    }

    @Test
    void rateIsFoundWithinThreePercent() throws IOException {
        double found = search(1234, 0.5, 100);
        assertThat(found).isBetween(1234 / 1.03, 1234.0);
        assertThat(text.toString(StandardCharsets.UTF_8)).contains(": missed", "Maximum rate: ");
    }

    @Test
    void everyRunIsToldWithWhetherItMetTheLimit() throws IOException {
        double found = search(1234, 0.5, 100);
        assertThat(runs)
                .isNotEmpty()
                .allSatisfy(run ->
                        assertThat(run.verdict()).isEqualTo(run.level() > 1234 ? Verdict.OVER_LIMIT : Verdict.STABLE));
        assertThat(runs.stream()
                        .filter(LevelResult::counts)
                        .mapToDouble(LevelResult::level)
                        .max())
                .hasValue(found);
        // The first run, which is not judged, is not told.
        assertThat(runs).filteredOn(run -> run.level() == 100).hasSize(1);
    }

    @Test
    void oneLateRequestInFortyIsTooManyForNinetyNinePercent() throws IOException {
        assertThat(search(700, 0.025, 100)).isBetween(700 / 1.03, 700.0);
    }

    @Test
    void startThatIsTooHighGivesNothing() throws IOException {
        assertThat(search(50, 0.5, 100)).isZero();
    }
}
