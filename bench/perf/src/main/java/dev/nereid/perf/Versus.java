package dev.nereid.perf;

import dev.nereid.perf.compare.ComparedLevel;
import dev.nereid.perf.compare.Round;
import dev.nereid.perf.compare.ServerComparison;
import dev.nereid.perf.measure.Measurement;
import dev.nereid.perf.measure.MeasurementWindow;
import dev.nereid.perf.measure.Recorder;
import dev.nereid.perf.measure.ServerCounts;
import dev.nereid.perf.model.ServerException;
import dev.nereid.perf.report.ComparisonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Measures two servers in turns: a window of the first, one of the second, and so on, so that what happens to the machine
 * meanwhile happens to both. Only the server whose window it is has a load.
 */
final class Versus {
    /** Share of a window that goes by before it, for connections and queues to be as they will stay. */
    private static final double SETTLE = 0.1;

    private final PerfOptions options;
    private final ServerChoice first;
    private final ServerChoice second;
    private final Interrupts interrupts;

    /** @param interrupts end it after the round that goes on */
    Versus(PerfOptions options, Interrupts interrupts) {
        this.options = options;
        this.interrupts = interrupts;
        this.first = options.server();
        this.second = options.versus.choice(first);
    }

    /** Measures all levels; each is printed when it is done. */
    ServerComparison run(ComparisonText report, Progress progress) throws IOException {
        try (Target a = Target.open(options, first, false);
                Target b = Target.open(options, second, false)) {
            a.trace(options.observe.trace());
            b.trace(options.observe.trace());
            LevelRunner runA = runner(a);
            LevelRunner runB = runner(b);
            ServerComparison.Side sideA =
                    new ServerComparison.Side(first.nameBeside(second, "first"), description(first));
            ServerComparison.Side sideB =
                    new ServerComparison.Side(second.nameBeside(first, "second"), description(second));
            String levelName = options.isByRate() ? "Request Rate" : "Concurrency";
            report.begin(sideA, sideB, options.versus.rounds);
            List<ComparedLevel> levels = new ArrayList<>();
            LevelSearch search = LevelSearch.of(options);
            while (search.hasNext() && !interrupts.heard()) {
                double level = search.next();
                ComparedLevel compared = level(level, runA, runB, progress);
                progress.clear();
                levels.add(compared);
                report.level(compared, levelName);
                search.learned(true);
            }
            return new ServerComparison(sideA, sideB, levelName, levels);
        }
    }

    private LevelRunner runner(Target target) {
        Requests requests = new Requests(options, target.model(), Optional.empty());
        return new LevelRunner(options, target, requests, List.of(), Optional.empty());
    }

    private static String description(ServerChoice choice) {
        String kind = choice.kind().equals("triton") ? "" : ", " + choice.kind();
        return choice.address() + " (" + choice.protocol() + kind + ", " + choice.model() + ")";
    }

    private ComparedLevel level(double level, LevelRunner a, LevelRunner b, Progress progress) throws IOException {
        a.warmUp(level, interrupts.watching(progress));
        b.warmUp(level, interrupts.watching(progress));
        Measurement summaries =
                new Measurement(LevelRunner.settings(options), new Recorder(), ServerCounts.none(), () -> 0, progress);
        List<Round> rounds = new ArrayList<>();
        List<MeasurementWindow> windowsA = new ArrayList<>();
        List<MeasurementWindow> windowsB = new ArrayList<>();
        for (int i = 1; i <= options.versus.rounds && (i == 1 || !interrupts.heard()); i++) {
            windowsA.add(window(first.nameBeside(second, "first") + ", " + label(level), a, level, i, progress));
            windowsB.add(window(second.nameBeside(first, "second") + ", " + label(level), b, level, i, progress));
            rounds.add(new Round(summaries.summary(windowsA.getLast()), summaries.summary(windowsB.getLast())));
        }
        MeasurementWindow allA = MeasurementWindow.merged(windowsA);
        MeasurementWindow allB = MeasurementWindow.merged(windowsB);
        return new ComparedLevel(
                level, rounds, summaries.summary(allA), summaries.summary(allB), allA.failed(), allB.failed());
    }

    private String label(double level) {
        return options.isByRate() ? level + " a second" : "concurrency " + (long) level;
    }

    private MeasurementWindow window(String label, LevelRunner runner, double level, int number, Progress progress)
            throws IOException {
        progress.begin(label, options.versus.rounds);
        MeasurementWindow window =
                runner.window(level, Math.max(1, Math.round(options.interval * SETTLE)), number, progress);
        if (window.samples().size() == 0) {
            progress.clear();
            throw new ServerException(
                    window.firstFailure().isEmpty()
                            ? label + ": no request was answered in a window; give a longer one with -p"
                            : label + ": every request failed, the first with: " + window.firstFailure());
        }
        return window;
    }
}
