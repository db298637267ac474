package dev.nereid.models.operators;

import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The text of docs/operators.md: every row of the registry, by domain. */
final class OperatorsPage {
    /** Sets that have a name of their own on the page, the first that fits counts. */
    private static final Map<String, Set<DataType>> GROUPS = groups();

    private static final Map<String, String> DOMAINS = domains();

    private final OperatorSet operators;
    private final KernelUse use = new KernelUse();

    OperatorsPage(OperatorSet operators) {
        this.operators = operators;
    }

    String text() {
        StringBuilder page = new StringBuilder("""
                # Operators

                Written by `OperatorsPageTest` from the registry. An operator that is not here can still run: where ONNX or the
                model defines it by a function, the function's body takes its place.

                - *from*: the opset versions with which a row's meaning begins; older attributes are understood up to there.
                - *types*: what the named input may have (0 where no input is named); any other is refused when the model is
                  loaded. Nothing here means any type that the operator's formula makes sense for.
                - *kernels*: the families of kernels it runs on, see [kernels.md](kernels.md); without one it runs a loop of its
                  own. A *formula* is put together from other rows.

                """);
        page.append(GROUPS.entrySet().stream()
                .map(group -> "- **" + group.getKey() + "**: " + names(group.getValue()) + "\n")
                .collect(Collectors.joining()));
        Map<String, List<Entry>> byDomain = operators.all().stream()
                .collect(Collectors.groupingBy(Entry::domain, TreeMap::new, Collectors.toList()));
        DOMAINS.forEach((domain, title) -> {
            List<Entry> rows = byDomain.getOrDefault(domain, List.of());
            Map<String, List<Entry>> byName =
                    rows.stream().collect(Collectors.groupingBy(Entry::name, TreeMap::new, Collectors.toList()));
            page.append("\n## ")
                    .append(title)
                    .append(": ")
                    .append(byName.size())
                    .append(" operators\n\n| operator | from | types | kernels | note |\n|---|---|---|---|---|\n");
            byName.values().forEach(versions -> page.append(row(versions)));
        });
        return page.toString();
    }

    private String row(List<Entry> versions) {
        String since = versions.stream()
                .map(Entry::since)
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        String types = versions.stream().map(OperatorsPage::types).distinct().collect(Collectors.joining("<br>"));
        SortedSet<String> families = new TreeSet<>();
        versions.forEach(entry -> families.addAll(
                entry.operator() instanceof FunctionOperator ? Set.of("formula") : use.families(entry.operator())));
        String notes = versions.stream()
                .map(Entry::note)
                .filter(note -> !note.isEmpty())
                .distinct()
                .collect(Collectors.joining(" "));
        return "| " + versions.getFirst().name() + " | " + since + " | " + types + " | " + String.join(", ", families)
                + " | " + notes.replace("|", "\\|") + " |\n";
    }

    private static String types(Entry entry) {
        return new TreeMap<>(entry.types())
                .entrySet().stream()
                        .map(input -> (input.getKey() == 0 ? "" : "input " + input.getKey() + ": ")
                                + describe(input.getValue()))
                        .collect(Collectors.joining("; "));
    }

    private static String describe(Set<DataType> types) {
        Set<DataType> left = new TreeSet<>(types);
        List<String> parts = new ArrayList<>();
        GROUPS.forEach((name, group) -> {
            if (left.containsAll(group)) {
                parts.add(name);
                left.removeAll(group);
            }
        });
        if (!left.isEmpty()) {
            parts.add(names(left));
        }
        return String.join(", ", parts);
    }

    private static String names(Set<DataType> types) {
        return new TreeSet<>(types).stream().map(DataType::name).collect(Collectors.joining(" "));
    }

    private static Map<String, Set<DataType>> groups() {
        Map<String, Set<DataType>> groups = new LinkedHashMap<>();
        groups.put("all", Set.of(DataType.values()));
        groups.put("numbers", DataTypes.NUMBERS);
        groups.put("floats", DataTypes.FLOATS);
        groups.put("integers", DataTypes.INTEGERS);
        groups.put("quantised", DataTypes.QUANTIZED);
        groups.put("indices", DataTypes.INDICES);
        return groups;
    }

    private static Map<String, String> domains() {
        Map<String, String> domains = new LinkedHashMap<>();
        domains.put("", "ai.onnx");
        domains.put("ai.onnx.ml", "ai.onnx.ml");
        domains.put("ai.onnx.preview.training", "ai.onnx.preview.training");
        domains.put("ai.onnx.preview", "ai.onnx.preview");
        domains.put("com.microsoft", "com.microsoft");
        domains.put("dev.nereid", "dev.nereid, made by the optimiser and by importers");
        return domains;
    }
}
