package dev.nereid.server.grpc;

import dev.nereid.proto.traffic.TrafficReport;
import java.util.Optional;
import java.util.function.Consumer;

/** Reports about traffic as messages. */
final class TrafficMessages {
    private TrafficMessages() {}

    static TrafficReport report(dev.nereid.server.traffic.TrafficReport report) {
        TrafficReport.Builder message = TrafficReport.newBuilder()
                .setModelName(report.model())
                .setSource(report.source())
                .setDocument(report.document().orElse(""))
                .setProblem(report.problem())
                .putAllLabels(report.labels());
        report.split()
                .forEach(part -> message.addSplit(TrafficReport.Share.newBuilder()
                        .setTo(part.to())
                        .setVersion(part.version())
                        .setWeight(part.weight())
                        .setShare(part.share())));
        report.routes()
                .forEach(route -> message.addRoutes(TrafficReport.Route.newBuilder()
                        .setVersion(route.version())
                        .setRoute(route.route())
                        .setRequests(route.requests())
                        .setErrors(route.errors())
                        .setClientErrors(route.clientErrors())));
        report.versions().forEach(version -> message.addVersions(version(version)));
        report.comparisons().forEach(comparison -> {
            TrafficReport.Comparison.Builder row = TrafficReport.Comparison.newBuilder()
                    .setVersion(comparison.version())
                    .setBaseline(comparison.baseline());
            set(comparison.errorRateDifference(), row::setErrorRateDifference);
            set(comparison.p50Ratio(), row::setP50Ratio);
            set(comparison.p99Ratio(), row::setP99Ratio);
            message.addComparisons(row);
        });
        report.shadows().forEach(shadow -> {
            TrafficReport.Shadow.Builder row = TrafficReport.Shadow.newBuilder()
                    .setVersion(shadow.version())
                    .setMatches(shadow.matches())
                    .setDifferences(shadow.differences())
                    .setErrors(shadow.errors())
                    .setDropped(shadow.dropped());
            set(shadow.disagreement(), row::setDisagreement);
            message.addShadows(row);
        });
        report.rollback()
                .ifPresent(rollback -> message.setRollback(TrafficReport.Rollback.newBuilder()
                        .setVersion(rollback.watched())
                        .setTo(rollback.to())
                        .setTripped(rollback.reason().isPresent())
                        .setReason(rollback.reason().orElse(""))
                        .setTime(rollback.time().map(Object::toString).orElse(""))));
        return message.build();
    }

    private static TrafficReport.Version.Builder version(
            dev.nereid.server.traffic.TrafficReport.VersionReport version) {
        TrafficReport.Version.Builder row = TrafficReport.Version.newBuilder()
                .setVersion(version.version())
                .addAllLabels(version.labels())
                .setRequests(version.requests())
                .setErrors(version.errors())
                .setClientErrors(version.clientErrors());
        set(version.errorRate(), row::setErrorRate);
        set(version.p50(), row::setP50Us);
        set(version.p99(), row::setP99Us);
        return row;
    }

    private static void set(
            Optional<dev.nereid.server.traffic.TrafficReport.Estimate> estimate,
            Consumer<TrafficReport.Estimate> setter) {
        estimate.ifPresent(value -> {
            TrafficReport.Estimate.Builder message =
                    TrafficReport.Estimate.newBuilder().setValue(value.value());
            value.low().ifPresent(message::setLow);
            value.high().ifPresent(message::setHigh);
            setter.accept(message.build());
        });
    }
}
