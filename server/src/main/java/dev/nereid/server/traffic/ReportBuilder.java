package dev.nereid.server.traffic;

import dev.nereid.server.traffic.Intervals.Interval;
import dev.nereid.server.traffic.TrafficReport.Comparison;
import dev.nereid.server.traffic.TrafficReport.Estimate;
import dev.nereid.server.traffic.TrafficReport.RouteReport;
import dev.nereid.server.traffic.TrafficReport.Share;
import dev.nereid.server.traffic.TrafficReport.VersionReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Works out reports of what was counted. */
final class ReportBuilder {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double MEDIAN = 0.5;
    private static final double P99 = 0.99;

    private final SortedMap<Long, RouteStatistics.Snapshot> versions = new TreeMap<>();
    private final List<RouteReport> routes = new ArrayList<>();
    private final TrafficTable table;

    ReportBuilder(TrafficTable table, Map<Route, RouteStatistics> statistics) {
        this.table = table;
        statistics.forEach((route, counts) -> {
            RouteStatistics.Snapshot snapshot = counts.snapshot();
            routes.add(new RouteReport(
                    route.version(), route.reason(), snapshot.requests(), snapshot.errors(), snapshot.clientErrors()));
            if (!route.reason().equals(Route.EXPLICIT) && !route.reason().equals(Route.FALLBACK)) {
                versions.merge(route.version(), snapshot, RouteStatistics.Snapshot::plus);
            }
        });
        routes.sort(Comparator.comparingLong(RouteReport::version).thenComparing(RouteReport::route));
    }

    List<RouteReport> routes() {
        return routes;
    }

    List<Share> split() {
        double sum =
                table.parts().stream().mapToDouble(WeightedSplit.Part::weight).sum();
        return table.parts().stream()
                .map(part -> new Share(part.name(), part.version(), part.weight(), part.weight() / sum))
                .toList();
    }

    List<VersionReport> versions() {
        List<VersionReport> reports = new ArrayList<>();
        versions.forEach((version, counts) -> reports.add(new VersionReport(
                version,
                table.config().labels().entrySet().stream()
                        .filter(label -> label.getValue().equals(version))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList(),
                counts.requests(),
                counts.errors(),
                counts.clientErrors(),
                errorRate(counts).map(rate -> Estimate.of(rate, 1)),
                quantile(counts, MEDIAN, Intervals.Z_95).map(value -> Estimate.of(value, NANOS_PER_MICRO)),
                quantile(counts, P99, Intervals.Z_95).map(value -> Estimate.of(value, NANOS_PER_MICRO)))));
        return reports;
    }

    /** Each version beside the one with the most requests. */
    List<Comparison> comparisons() {
        Optional<Map.Entry<Long, RouteStatistics.Snapshot>> most = versions.entrySet().stream()
                .max(Comparator.comparingLong(entry -> entry.getValue().requests()));
        List<Comparison> comparisons = new ArrayList<>();
        most.ifPresent(baseline -> versions.forEach((version, counts) -> {
            if (!version.equals(baseline.getKey())) {
                comparisons.add(new Comparison(
                        version,
                        baseline.getKey(),
                        errorRate(counts)
                                .flatMap(rate -> errorRate(baseline.getValue())
                                        .map(other -> Estimate.of(Intervals.difference(rate, other), 1))),
                        ratio(counts, baseline.getValue(), MEDIAN),
                        ratio(counts, baseline.getValue(), P99)));
            }
        }));
        return comparisons;
    }

    private static Optional<Interval> errorRate(RouteStatistics.Snapshot counts) {
        long total = counts.requests() - counts.clientErrors();
        return total > 0 ? Optional.of(Intervals.rate(counts.errors(), total)) : Optional.empty();
    }

    private static Optional<Interval> quantile(RouteStatistics.Snapshot counts, double quantile, double z) {
        return counts.latency().total() > 0
                ? Optional.of(Intervals.quantile(counts.latency(), quantile, z))
                : Optional.empty();
    }

    private static Optional<Estimate> ratio(
            RouteStatistics.Snapshot counts, RouteStatistics.Snapshot baseline, double quantile) {
        return quantile(counts, quantile, Intervals.Z_97_5)
                .flatMap(value -> quantile(baseline, quantile, Intervals.Z_97_5)
                        .map(other -> Estimate.of(Intervals.ratio(value, other), 1)));
    }
}
