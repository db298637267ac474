package dev.nereid.bench.engine;

import dev.nereid.bench.engine.EngineBenchmark.Results;
import dev.nereid.bench.models.OperatorFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Made-up models by family in both engines, beside the families' goals. */
abstract class FamiliesCommand implements Callable<Integer> {
    private final List<OperatorFamily> families;

    @Mixin
    private EngineSetup setup = new EngineSetup();

    @Mixin
    private Repetition repetition = new Repetition();

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private TableFormat format = TableFormat.TEXT;

    @Option(names = "--list", description = "Prints the families and their members, and measures nothing.")
    private boolean list;

    @Parameters(
            paramLabel = "FAMILY",
            arity = "0..*",
            description = "Families, or their members as FAMILY/MEMBER; default: all.")
    private List<String> names = List.of();

    /** @param families in the order that they are measured in */
    FamiliesCommand(List<OperatorFamily> families) {
        this.families = families;
    }

    @Override
    public Integer call() {
        List<String> all = labels(families);
        if (list) {
            all.forEach(System.out::println);
            return 0;
        }
        List<String> chosen = names.isEmpty() ? all : chosen(all);
        EngineBenchmark benchmark =
                new EngineBenchmark(format, setup, repetition.effort().withoutFootprints());
        ResultTable table = benchmark.table(System.out);
        Results results = benchmark.measure(chosen, table, System.err);
        table.summary(families, results.measured(), System.err);
        return results.complete() ? 0 : 1;
    }

    private List<String> chosen(List<String> all) {
        List<String> chosen = new ArrayList<>();
        for (String name : names) {
            List<String> named = all.stream()
                    .filter(label -> label.equals(name) || label.startsWith(name + "/"))
                    .toList();
            if (named.isEmpty()) {
                throw new IllegalArgumentException("'" + name + "': expected a family or one of its members as"
                        + " --list prints them, found neither");
            }
            chosen.addAll(named);
        }
        return chosen;
    }

    private static List<String> labels(List<OperatorFamily> of) {
        return of.stream()
                .flatMap(family -> family.models().stream().map(model -> family.name() + "/" + model.name()))
                .toList();
    }
}
