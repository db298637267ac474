package dev.nereid.perf.report;

import dev.nereid.perf.model.ModelStatistics;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The server's side of a level, in perf_analyzer's words. */
final class ServerText {
    private final PrintStream out;
    private final boolean cached;

    /** @param cached whether the model may be answered from the response cache */
    ServerText(PrintStream out, boolean cached) {
        this.out = out;
        this.cached = cached;
    }

    /** @param models the one under load, then those it is composed of */
    void print(List<ModelStatistics> models) {
        out.printf(Locale.ROOT, "  Server: %n");
        ModelStatistics model = models.getFirst();
        List<ModelStatistics> composing = models.subList(1, models.size());
        if (!counts(model, "    ")) {
            return;
        }
        if (composing.isEmpty()) {
            times(model, "    ");
            return;
        }
        out.printf(
                Locale.ROOT,
                " (overhead %d usec + queue %d usec + %s %d usec)%n",
                overhead(model, composing),
                queue(composing),
                cached ? "cache hit/miss" : "compute",
                compute(composing));
        if (cached) {
            out.printf(
                    Locale.ROOT,
                    "      Average Cache Hit Latency: %d usec%n      Average Cache Miss Latency: %d usec%n",
                    composing.stream()
                            .mapToLong(step -> step.cacheHit().averageMicros())
                            .sum(),
                    composing.stream()
                            .mapToLong(step -> step.cacheMiss().averageMicros())
                            .sum());
        }
        out.println();
        out.printf(Locale.ROOT, "  Composing models: %n");
        for (ModelStatistics step : composing) {
            out.printf(Locale.ROOT, "  %s, version: %s%n", step.name(), step.version());
            if (counts(step, "      ")) {
                times(step, "      ");
            }
        }
    }

    private static long queue(List<ModelStatistics> composing) {
        return composing.stream()
                .mapToLong(step -> step.queue().averageMicros())
                .sum();
    }

    private long compute(List<ModelStatistics> composing) {
        return composing.stream()
                .mapToLong(step -> cached ? step.cacheOrComputeMicros() : step.computeMicros())
                .sum();
    }

    private long overhead(ModelStatistics model, List<ModelStatistics> composing) {
        return Math.max(0, model.success().averageMicros() - queue(composing) - compute(composing));
    }

    /** The lines up to the mean latency, whose parts follow; false where there was nothing to count. */
    private boolean counts(ModelStatistics model, String indent) {
        if (model.success().count() == 0) {
            out.printf(Locale.ROOT, "%sRequest count: 0%n", indent);
            return false;
        }
        out.printf(Locale.ROOT, "%sInference count: %d%n", indent, model.inferences());
        out.printf(Locale.ROOT, "%sExecution count: %d%n", indent, model.executions());
        if (cached) {
            out.printf(
                    Locale.ROOT,
                    "%sCache hit count: %d%n",
                    indent,
                    model.cacheHit().count());
            out.printf(
                    Locale.ROOT,
                    "%sCache miss count: %d%n",
                    indent,
                    model.cacheMiss().count());
        }
        out.printf(
                Locale.ROOT,
                "%sSuccessful request count: %d%n%sAvg request latency: %d usec",
                indent,
                model.success().count(),
                indent,
                model.success().averageMicros());
        return true;
    }

    private void times(ModelStatistics model, String indent) {
        if (cached) {
            out.printf(
                    Locale.ROOT,
                    " (overhead %d usec + queue %d usec + cache hit/miss %d usec)%n",
                    Math.max(
                            0,
                            model.success().averageMicros()
                                    - model.queue().averageMicros()
                                    - model.cacheOrComputeMicros()),
                    model.queue().averageMicros(),
                    model.cacheOrComputeMicros());
            out.printf(
                    Locale.ROOT,
                    "%sAverage Cache Hit Latency: %d usec%n",
                    indent + "  ",
                    model.cacheHit().averageMicros());
            out.printf(
                    Locale.ROOT,
                    "%sAverage Cache Miss Latency: %d usec (cache lookup/insertion %d usec + %s)%n%n",
                    indent + "  ",
                    model.cacheMiss().averageMicros() + model.computeMicros(),
                    model.cacheMiss().averageMicros(),
                    computed(model));
            return;
        }
        out.printf(
                Locale.ROOT,
                " (overhead %d usec + queue %d usec + %s)%n%n",
                model.overheadMicros(),
                model.queue().averageMicros(),
                computed(model));
    }

    private static String computed(ModelStatistics model) {
        return String.format(
                Locale.ROOT,
                "compute input %d usec + compute infer %d usec + compute output %d usec",
                model.computeInput().averageMicros(),
                model.computeInfer().averageMicros(),
                model.computeOutput().averageMicros());
    }
}
