package dev.nereid.bench.engine;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures cases in several processes each and prints medians: data to one stream, progress to another. */
public final class EngineBenchmark {
    /**
     * How thorough a benchmark is.
     *
     * @param forks processes that compare a case
     * @param footprintForks processes in which each engine's memory and load time are measured
     * @param everyFootprint whether they are measured for every case; else for the first of each model
     * @param seconds how long each process measures a case, after a warm-up of as long
     */
    public record Effort(int forks, int footprintForks, boolean everyFootprint, double seconds) {
        public static final Effort FULL = new Effort(5, 3, true, 3);
        public static final Effort QUICK = new Effort(2, 1, false, 1);
    }

    private final TableFormat format;
    private final int threads;
    private final Effort effort;

    public EngineBenchmark(TableFormat format, int threads, Effort effort) {
        this.format = format;
        this.threads = threads;
        this.effort = effort;
    }

    /**
     * Measures the cases that {@code files} choose, in order.
     *
     * @return whether every case was measured
     * @throws IllegalArgumentException if a file is not there
     */
    public boolean run(List<String> files, PrintStream data, PrintStream log) {
        List<EngineCase> cases = CaseCatalog.of(files);
        if (cases.isEmpty()) {
            log.println("No model to measure: name an .onnx file, or build the example repository first.");
            return false;
        }
        ResultTable table = new ResultTable(format, threads, data);
        table.header();
        List<CaseResult> results = new ArrayList<>();
        for (int index = 0; index < cases.size(); index++) {
            // A process is told its own file alone, or which of the known cases.
            Optional<CaseResult> result = measure(
                    cases.get(index),
                    files.isEmpty() ? index : 0,
                    files.isEmpty() ? files : List.of(files.get(index)),
                    effort.everyFootprint() || !sameModel(cases, index),
                    log);
            result.ifPresent(table::row);
            result.ifPresent(results::add);
        }
        if (!results.isEmpty()) {
            table.summary(results, log);
        }
        return results.size() == cases.size();
    }

    /** Whether the case before is one of the same model. */
    private static boolean sameModel(List<EngineCase> cases, int index) {
        return index > 0 && cases.get(index - 1).file().equals(cases.get(index).file());
    }

    /** Empty where a process failed. */
    private Optional<CaseResult> measure(
            EngineCase engineCase, int index, List<String> files, boolean footprint, PrintStream log) {
        List<Comparison.Measurement> measured = new ArrayList<>();
        for (int fork = 0; fork < effort.forks(); fork++) {
            log.println(engineCase.label() + ": process " + (fork + 1) + " of " + effort.forks());
            Optional<Comparison.Measurement> measurement = Fork.compare(index, files, threads, effort.seconds());
            if (measurement.isEmpty()) {
                log.println(engineCase.label() + " failed, see above");
                return Optional.empty();
            }
            measured.add(measurement.get());
        }
        List<Footprint> nereid = new ArrayList<>();
        List<Footprint> ort = new ArrayList<>();
        int footprints = footprint ? effort.footprintForks() : 0;
        for (int fork = 0; fork < footprints; fork++) {
            log.println(engineCase.label() + ": memory and load time " + (fork + 1) + " of " + footprints);
            double most = 2 * effort.seconds();
            Fork.footprint(Fork.Task.NEREID_FOOTPRINT, index, files, threads, most)
                    .ifPresent(nereid::add);
            Fork.footprint(Fork.Task.ORT_FOOTPRINT, index, files, threads, most).ifPresent(ort::add);
        }
        if (measured.size() < effort.forks() || nereid.size() < footprints || ort.size() < footprints) {
            log.println(engineCase.label() + " failed, see above");
            return Optional.empty();
        }
        return Optional.of(new CaseResult(engineCase, measured, nereid, ort));
    }
}
