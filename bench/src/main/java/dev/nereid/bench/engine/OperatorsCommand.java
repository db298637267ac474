package dev.nereid.bench.engine;

import dev.nereid.bench.engine.EngineBenchmark.Results;
import dev.nereid.bench.models.OperatorFamilies;
import dev.nereid.bench.models.OperatorFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench operators}: single operators and short chains of them in both engines, beside the goals. */
@Command(
        name = "operators",
        mixinStandardHelpOptions = true,
        description =
                "Measures models of one operator, or a few one after the other, beside ONNX Runtime, and prints what"
                        + " each family comes to beside its goal. A run through ONNX Runtime's Java API has a cost of its own,"
                        + " about a microsecond, which is part of its time.")
public final class OperatorsCommand implements Callable<Integer> {
    @Mixin
    private EngineSetup setup = new EngineSetup();

    @Mixin
    private Repetition repetition = new Repetition();

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private TableFormat format = TableFormat.TEXT;

    @Option(names = "--list", description = "Prints the families and their sizes, and measures nothing.")
    private boolean list;

    @Parameters(
            paramLabel = "FAMILY",
            arity = "0..*",
            description = "Families, or their sizes as FAMILY/SIZE; default: all.")
    private List<String> names = List.of();

    @Override
    public Integer call() {
        List<String> all = labels(OperatorFamilies.ALL);
        if (list) {
            all.forEach(System.out::println);
            return 0;
        }
        List<String> chosen = names.isEmpty() ? all : chosen(all);
        EngineBenchmark benchmark =
                new EngineBenchmark(format, setup, repetition.effort().withoutFootprints());
        ResultTable table = benchmark.table(System.out);
        Results results = benchmark.measure(chosen, table, System.err);
        table.summary(OperatorFamilies.ALL, results.measured(), System.err);
        return results.complete() ? 0 : 1;
    }

    private List<String> chosen(List<String> all) {
        List<String> chosen = new ArrayList<>();
        for (String name : names) {
            List<String> named = all.stream()
                    .filter(label -> label.equals(name) || label.startsWith(name + "/"))
                    .toList();
            if (named.isEmpty()) {
                throw new IllegalArgumentException(
                        "'" + name + "': expected a family of operators or one of its sizes as"
                                + " --list prints them, found neither");
            }
            chosen.addAll(named);
        }
        return chosen;
    }

    private static List<String> labels(List<OperatorFamily> families) {
        return families.stream()
                .flatMap(family -> family.models().stream().map(model -> family.name() + "/" + model.name()))
                .toList();
    }
}
