package dev.nereid.perf;

import dev.nereid.perf.report.Experiment.Mode;

/** Which mode of load the flags ask for. */
final class Modes {
    private Modes() {}

    static Mode of(PerfOptions options) {
        if (!options.periodic.isEmpty()) {
            return Mode.PERIODIC;
        }
        if (options.sessions > 0) {
            return Mode.SESSIONS;
        }
        if (options.fixedSchedule) {
            return Mode.SCHEDULE;
        }
        return options.isByRate() ? Mode.RATE : Mode.CONCURRENCY;
    }
}
