package dev.nereid.server.traffic;

import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * A document in force. Immutable but for the watch, which counts and may trip.
 *
 * @param text empty where there is no document
 * @param rollback without a document one that has tripped, which goes on should the document come back within its hold
 */
record ActiveDocument(
        Optional<String> text, TrafficTable table, Optional<RollbackWatch> rollback, List<ShadowRule> shadows) {
    /** No document: every request goes to the latest version. */
    static final ActiveDocument NONE =
            new ActiveDocument(Optional.empty(), TrafficTable.NONE, Optional.empty(), List.of());

    /** Whether there is a document. */
    boolean isDocument() {
        return text.isPresent();
    }

    /**
     * A document that takes the place of another one. A rollback goes on where the document says the same as before, or
     * within its hold where it would give the traffic back to the same version.
     */
    static ActiveDocument of(String model, String text, TrafficTable table, ActiveDocument before, long now) {
        Optional<RollbackWatch> kept = before.rollback()
                .filter(watch -> table.config().equals(before.table().config()) || holds(watch, table, now));
        return new ActiveDocument(
                Optional.of(text),
                table,
                kept.or(() -> watch(model, table)),
                table.config().shadows().stream()
                        .map(shadow -> before.shadow(shadow, table.version(shadow.to()))
                                .orElseGet(() -> new ShadowRule(shadow, table.version(shadow.to()))))
                        .toList());
    }

    /** No document, after another one: a rollback of that is kept for its hold, as a file may be gone for a moment only. */
    static ActiveDocument noneAfter(ActiveDocument before, long now) {
        return new ActiveDocument(
                Optional.empty(), TrafficTable.NONE, before.rollback().filter(watch -> isHeld(watch, now)), List.of());
    }

    private static boolean isHeld(RollbackWatch watch, long now) {
        long hold = watch.config().hold().toNanos();
        return watch.trip().filter(trip -> now - trip.atNanos() < hold).isPresent();
    }

    private static boolean holds(RollbackWatch watch, TrafficTable next, long now) {
        return isHeld(watch, now)
                && next.config().rollback().stream()
                        .allMatch(rollback -> next.version(rollback.watch()) == watch.watched()
                                && next.version(rollback.to()) == watch.stable());
    }

    private static Optional<RollbackWatch> watch(String model, TrafficTable table) {
        return table.config()
                .rollback()
                .map(rollback -> new RollbackWatch(
                        model, rollback, table.version(rollback.watch()), table.version(rollback.to())));
    }

    /** The rule of a shadow that is the same, whose counts go on. */
    private Optional<ShadowRule> shadow(TrafficConfig.Shadow config, long version) {
        return shadows.stream()
                .filter(rule -> rule.version() == version && rule.config().equals(config))
                .findFirst();
    }

    /** What a rollback has come to; empty where no version is watched. */
    Optional<TrafficReport.Rollback> reportRollback() {
        return rollback.filter(_ -> isDocument()).map(RollbackWatch::report);
    }

    /** The same document with a watch that has not tripped. */
    ActiveDocument resumed(String model) {
        return new ActiveDocument(text, table, watch(model, table), shadows);
    }

    /** Where a request goes of which the table has decided; elsewhere if that version has lost its traffic. */
    Route rolledBack(Route route, LongPredicate available) {
        return rollback.filter(watch -> isDocument()
                        && watch.watched() == route.version()
                        && watch.trip().isPresent()
                        && available.test(watch.stable()))
                .map(watch -> new Route(watch.stable(), "rollback:" + route.reason()))
                .orElse(route);
    }
}
