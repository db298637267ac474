package dev.nereid.bench.engine;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures cases in several processes each and prints medians: data to one stream, progress to another. */
public final class EngineBenchmark {
    /**
     * How thorough a benchmark is.
     *
     * @param forks processes that compare a model's cases
     * @param footprintForks processes in which each engine's memory and load time are measured
     * @param everyFootprint whether they are measured for every case; else for the first of each model
     * @param seconds how long each process measures a case, after a warm-up of at least as long
     */
    public record Effort(int forks, int footprintForks, boolean everyFootprint, double seconds) {
        public static final Effort FULL = new Effort(5, 3, true, 3);
        public static final Effort QUICK = new Effort(2, 1, false, 0.5);

        /** As thorough, but of times alone. */
        Effort withoutFootprints() {
            return new Effort(forks, 0, false, seconds);
        }
    }

    private final TableFormat format;
    private final EngineSetup setup;
    private final Effort effort;

    public EngineBenchmark(TableFormat format, EngineSetup setup, Effort effort) {
        setup.check();
        this.format = format;
        this.setup = setup;
        this.effort = effort;
    }

    /**
     * Measures the cases that {@code names} choose, in order.
     *
     * @param names as {@link CaseCatalog#of} takes them
     * @return whether every case was measured
     * @throws IllegalArgumentException if one is not there
     */
    public boolean run(List<String> names, PrintStream data, PrintStream log) {
        ResultTable table = table(data);
        Results results = measure(names, table, log);
        if (!results.measured().isEmpty()) {
            table.summary(results.measured(), log);
        }
        return results.complete();
    }

    /** A table for what is measured, without rows. */
    ResultTable table(PrintStream data) {
        return new ResultTable(format, setup.threads(), data);
    }

    /**
     * What was measured.
     *
     * @param complete whether that is every case, and at least one
     */
    record Results(List<CaseResult> measured, boolean complete) {}

    /** Measures the cases that {@code names} choose, in order, and prints a row for each as it comes. */
    Results measure(List<String> names, ResultTable table, PrintStream log) {
        List<Part> parts = parts(names);
        if (parts.isEmpty()) {
            log.println("No model to measure: name an .onnx file, or build the example repository first.");
            return new Results(List.of(), false);
        }
        table.header();
        List<CaseResult> results = new ArrayList<>();
        for (Part part : parts) {
            for (CaseResult result : measure(part, log)) {
                table.row(result);
                results.add(result);
            }
        }
        int cases = parts.stream().mapToInt(part -> part.cases().size()).sum();
        return new Results(results, results.size() == cases);
    }

    /** Cases of one model, and what a process is told of them. */
    private record Part(List<EngineCase> cases, Fork.Cases own) {}

    /** A process is told one name alone: its command line may not be long (see {@link Fork}). */
    private static List<Part> parts(List<String> names) {
        List<List<String>> arguments =
                names.isEmpty() ? List.of(names) : names.stream().map(List::of).toList();
        List<Part> parts = new ArrayList<>();
        for (List<String> argument : arguments) {
            List<EngineCase> cases = CaseCatalog.of(argument);
            for (int first = 0; first < cases.size(); ) {
                int count = casesOfOneModel(cases, first);
                parts.add(new Part(cases.subList(first, first + count), new Fork.Cases(argument, first, count)));
                first += count;
            }
        }
        return parts;
    }

    /** How many cases of the same model follow each other from {@code first} on. */
    private static int casesOfOneModel(List<EngineCase> cases, int first) {
        int end = first + 1;
        while (end < cases.size()
                && cases.get(end).file().equals(cases.get(first).file())) {
            end++;
        }
        return end - first;
    }

    /** Measures the cases of a model; without those of which a process failed. */
    private List<CaseResult> measure(Part part, PrintStream log) {
        List<EngineCase> cases = part.cases();
        List<Map<Integer, EngineComparison.Measurement>> forks = new ArrayList<>();
        for (int fork = 0; fork < effort.forks(); fork++) {
            log.println(cases.getFirst().model() + ": process " + (fork + 1) + " of " + effort.forks());
            forks.add(Fork.compare(part.own(), setup, effort.seconds()));
        }
        List<CaseResult> results = new ArrayList<>();
        for (int place = 0; place < cases.size(); place++) {
            List<EngineComparison.Measurement> measured = new ArrayList<>();
            for (Map<Integer, EngineComparison.Measurement> fork : forks) {
                if (fork.containsKey(place)) {
                    measured.add(fork.get(place));
                }
            }
            List<Footprint> nereid = new ArrayList<>();
            List<Footprint> ort = new ArrayList<>();
            int footprints = effort.everyFootprint() || place == 0 ? effort.footprintForks() : 0;
            if (measured.size() == effort.forks()) {
                measureFootprints(cases.get(place).label(), part.own().one(place), footprints, nereid, ort, log);
            }
            if (measured.size() < effort.forks() || nereid.size() < footprints || ort.size() < footprints) {
                log.println(cases.get(place).label() + " failed, see above");
            } else {
                results.add(new CaseResult(cases.get(place), measured, nereid, ort));
            }
        }
        return results;
    }

    private void measureFootprints(
            String label,
            Fork.Cases one,
            int footprints,
            List<Footprint> nereid,
            List<Footprint> ort,
            PrintStream log) {
        double most = 2 * effort.seconds();
        for (int fork = 0; fork < footprints; fork++) {
            log.println(label + ": memory and load time " + (fork + 1) + " of " + footprints);
            Fork.footprint(Fork.Task.NEREID_FOOTPRINT, one, setup, most).ifPresent(nereid::add);
            Fork.footprint(Fork.Task.ORT_FOOTPRINT, one, setup, most).ifPresent(ort::add);
        }
    }
}
