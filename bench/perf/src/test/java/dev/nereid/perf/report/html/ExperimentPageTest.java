package dev.nereid.perf.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.LevelResult.Verdict;
import dev.nereid.perf.measure.MeasurementWindow;
import dev.nereid.perf.measure.Samples;
import dev.nereid.perf.measure.Summary;
import dev.nereid.perf.metrics.MetricRange;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.report.Experiment;
import dev.nereid.perf.report.Experiment.Mode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ExperimentPageTest {
    private static LevelResult level(int users, int requests, Verdict verdict) {
        Samples samples = new Samples();
        SplittableRandom random = new SplittableRandom(users);
        for (int i = 0; i < requests; i++) {
            long latency = 200_000L * users + (long) (1e5 * -Math.log(1 - random.nextDouble()));
            samples.add(0, 0, 10_000, latency - 5000, latency, 1, false, false);
        }
        MeasurementWindow window = MeasurementWindow.merged(List.of());
        MeasurementWindow merged =
                new MeasurementWindow(0, 1_000_000_000, samples, Map.of(), "", List.of(), window.usage());
        return new LevelResult(
                users, verdict, Summary.of(samples, 1, -1, 1_000_000_000), merged, List.of(merged), 0.1, List.of());
    }

    private static Experiment experiment(String model, Mode mode, LevelResult... levels) {
        return new Experiment(
                new Experiment.Setup(
                        new ModelContract(model, "", List.of(), List.of(), 0, false, false, false, List.of()),
                        "localhost:8000, http",
                        "triton",
                        "",
                        mode,
                        false,
                        -1,
                        false,
                        false,
                        Optional.empty()),
                List.of(levels));
    }

    private static List<String> drawings(String page) throws Exception {
        List<String> drawings = new ArrayList<>();
        Matcher matcher = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(page);
        while (matcher.find()) {
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(matcher.group())));
            drawings.add(matcher.group());
        }
        return drawings;
    }

    @Test
    void pageNeedsNothingFromElsewhereAndItsDrawingsAreWellFormed() throws Exception {
        String page = ExperimentPage.of(experiment(
                "m",
                Mode.CONCURRENCY,
                level(1, 5000, Verdict.STABLE),
                level(2, 8000, Verdict.UNSTABLE),
                level(4, 9000, Verdict.STABLE)));
        assertThat(drawings(page)).hasSize(2);
        assertThat(page)
                .doesNotContain("http://", "https://", "src=", "@import", "url(", "<script", "NaN", "Infinity")
                .contains("prefers-color-scheme: dark", "99.99 %", "not stable", "client receive");
    }

    @Test
    @Tag("found-35")
    void partsOfTheTimeAreTextThatDoesNotShrinkAndFillWholeBars() {
        String page = ExperimentPage.of(
                experiment("m", Mode.CONCURRENCY, level(1, 500, Verdict.STABLE), level(64, 500, Verdict.STABLE)));
        String section = page.substring(page.indexOf("Where the time goes"), page.indexOf("All levels"));
        assertThat(section).doesNotContain("<svg");
        List<String> bars = all("<div class=\"bar\">(.*?)</div><span>", section);
        assertThat(bars)
                .hasSize(2)
                .allSatisfy(bar -> assertThat(all("width:([0-9.]+)%", bar).stream()
                                .mapToDouble(Double::parseDouble)
                                .sum())
                        .isCloseTo(100, within(0.01)));
        assertThat(all("<td data-label=\"(.*?)\">", section))
                .startsWith("Concurrency", "client send", "wait for the server", "client receive", "all")
                .hasSize(2 * 5);
    }

    @Test
    @Tag("found-35")
    void everyCellNamesItsColumnForNarrowScreens() {
        String page = ExperimentPage.of(experiment("m", Mode.CONCURRENCY, level(1, 500, Verdict.STABLE)));
        assertThat(page).contains("<meta name=\"viewport\"", "@media (max-width: 820px)", "attr(data-label)");
        assertThat(all("(<td[ >])", page)).isNotEmpty().hasSameSizeAs(all("<td data-label=\"([^\"]+)\">", page));
    }

    @Test
    @Tag("found-35")
    void drawingsAreNarrowEnoughForTheirTextToBeReadOnAPhone() throws Exception {
        String page = ExperimentPage.of(experiment("m", Mode.CONCURRENCY, level(1, 500, Verdict.STABLE)));
        // Beside 350 pixels for a drawing and 14 for its text: at least 11 pixels.
        assertThat(drawings(page))
                .allSatisfy(drawing -> assertThat(Double.parseDouble(
                                all("viewBox=\"0 0 (\\d+) ", drawing).getFirst()))
                        .isLessThanOrEqualTo(350 * 14 / 11.0));
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    @Test
    void namesOfModelsAreNoMarkup() throws Exception {
        String page = ExperimentPage.of(experiment("<b>&\"", Mode.RATE, level(3, 10, Verdict.STABLE)));
        assertThat(drawings(page)).hasSize(2);
        assertThat(page).contains("&lt;b&gt;&amp;&quot;").doesNotContain("<b>&");
    }

    @Test
    void pageOfASingleRequestOrNoneIsStillAPage() throws Exception {
        assertThat(drawings(ExperimentPage.of(experiment("m", Mode.CONCURRENCY, level(1, 1, Verdict.STABLE)))))
                .hasSize(2)
                .allSatisfy(drawing -> assertThat(drawing).doesNotContain("NaN", "Infinity"));
        assertThat(ExperimentPage.of(experiment("m", Mode.CONCURRENCY))).contains("No level has a result.");
    }

    @Test
    void answersInTimeAreListedWhereALimitIsGiven() {
        LevelResult level = level(1, 1000, Verdict.STABLE);
        Experiment without = experiment("m", Mode.CONCURRENCY, level);
        assertThat(ExperimentPage.of(without)).doesNotContain("goodput");
        Experiment.Setup setup = without.setup();
        Experiment with = new Experiment(
                new Experiment.Setup(
                        setup.model(),
                        setup.server(),
                        setup.kind(),
                        setup.endpoint(),
                        setup.mode(),
                        setup.grpc(),
                        setup.percentile(),
                        setup.hasServer(),
                        setup.collectsMetrics(),
                        Optional.of(new Experiment.Goal(0.2, 99))),
                List.of(level));
        // No request of this level takes less than 0.2 ms.
        assertThat(ExperimentPage.of(with))
                .contains("<th>goodput/sec</th><th>within 0.2 ms</th>", "highest goodput (within 0.2 ms), at 1")
                .contains("<td data-label=\"goodput/sec\">0</td>"
                        + "<td data-label=\"within 0.2 ms\"><span class=\"bad\">0.00 %</span></td>");
    }

    @Test
    void metricsOfTheModelAreListed() {
        LevelResult level = level(1, 10, Verdict.STABLE)
                .with(List.of(new MetricRange("queue_size", Map.of("model", "m"), false, 1, 2, 3, 4)));
        assertThat(ExperimentPage.of(experiment("m", Mode.CONCURRENCY, level)))
                .contains("<td data-label=\"metric\">queue_size</td><td data-label=\"Concurrency\">1</td>"
                        + "<td data-label=\"min\">1</td><td data-label=\"avg\">2</td><td data-label=\"max\">3</td>");
    }

    @Test
    void curveEndsWithTheSlowestRequestThatHasAPercentile() {
        long[] nanos = new long[1000];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = (i + 1) * 1000L;
        }
        List<LinePlot.Point> curve = PercentileCurve.of(java.util.Arrays.stream(nanos));
        assertThat(curve.getFirst().y()).isEqualTo(1);
        assertThat(curve.getLast().x()).isEqualTo(99.9);
        assertThat(curve).isSortedAccordingTo(java.util.Comparator.comparingDouble(LinePlot.Point::x));
        assertThat(curve).isSortedAccordingTo(java.util.Comparator.comparingDouble(LinePlot.Point::y));
    }
}
