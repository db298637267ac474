package dev.nereid.perf.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** The latencies of a level by percentile, as far as there are requests to tell. */
final class PercentileCurve {
    private static final int STEPS = 80;
    private static final double MOST = 99.995;

    private PercentileCurve() {}

    /** Points whose distances look even on {@link Axis#percentiles}. */
    static List<LinePlot.Point> of(LongStream nanos) {
        long[] sorted = nanos.sorted().toArray();
        List<LinePlot.Point> points = new ArrayList<>();
        if (sorted.length == 0) {
            return points;
        }
        double end = -Math.log1p(-MOST / 100);
        for (int i = 0; i <= STEPS; i++) {
            double share = -Math.expm1(-end * i / STEPS);
            // Beyond this the curve would only repeat the slowest request.
            if (share * sorted.length > sorted.length - 1 && i > 0) {
                break;
            }
            int rank = (int) Math.floor(share * (sorted.length - 1) + 0.5);
            points.add(new LinePlot.Point(share * 100, Math.max(1, sorted[rank] / 1000.0), "", ""));
        }
        points.add(new LinePlot.Point(
                Math.min(MOST, 100.0 * (sorted.length - 1) / sorted.length),
                Math.max(1, sorted[(int) Math.min(sorted.length - 1, Math.floor(MOST / 100 * sorted.length))] / 1000.0),
                "",
                ""));
        return points;
    }
}
