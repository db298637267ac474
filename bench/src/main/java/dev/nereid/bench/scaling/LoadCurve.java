package dev.nereid.bench.scaling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Requests a second over time. */
interface LoadCurve {
    /** Requests a second at a time. */
    double rate(double second);

    /** Ten times as many from a second on, until another. */
    static LoadCurve step(double low, double from, double until) {
        return second -> second >= from && second < until ? 10 * low : low;
    }

    /** The same at any time. */
    static LoadCurve steady(double rate) {
        return _ -> rate;
    }

    /** A day in an hour: between a tenth of the peak and the peak. */
    static LoadCurve day(double peak) {
        return second -> peak * (0.55 - 0.45 * Math.cos(2 * Math.PI * second / 3600));
    }

    /** By turns a quarter more and a quarter less, for longer than a sync period and shorter than the window for fewer replicas. */
    static LoadCurve waves(double rate, double period) {
        return second -> rate * (second % period < period / 2 ? 1.25 : 0.75);
    }

    /** Requests a second as they were recorded: one number a line, one line a second; the last one holds on. */
    static LoadCurve recorded(Path file) throws IOException {
        List<Double> rates = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                rates.add(Double.valueOf(line.strip()));
            }
        }
        if (rates.isEmpty()) {
            throw new IOException(file + ": expected one number a line, found none");
        }
        return second -> rates.get((int) Math.min((long) second, rates.size() - 1));
    }
}
