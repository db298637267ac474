package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every ATen operator that a model may use, in explicit lists of one family each. Immutable.
 *
 * <p>An in-place operator ({@code add_}) that has no row of its own is the one without the mark, whose result is written
 * into the first argument.
 */
public final class AtenTable {
    private static final AtenTable ALL = new AtenTable(Stream.of(
                    AtenArithmetic.all(),
                    AtenElementwise.all(),
                    AtenComparisons.all(),
                    AtenSelections.all(),
                    AtenActivations.all(),
                    AtenReductions.all(),
                    AtenStatistics.all(),
                    AtenSorting.all(),
                    AtenProducts.all(),
                    AtenDistances.all(),
                    AtenCompositions.all(),
                    AtenConvolutions.all(),
                    AtenPooling.all(),
                    AtenAdaptivePooling.all(),
                    AtenNormalizations.all(),
                    AtenAttention.all(),
                    AtenTransformers.all(),
                    AtenRecurrent.all(),
                    AtenEmbedding.all(),
                    AtenResize.all(),
                    AtenImages.all(),
                    AtenVision.all(),
                    AtenQuantization.all(),
                    AtenQuantized.all(),
                    AtenQuantizedLayers.all(),
                    AtenQuantizedTensors.all(),
                    AtenPackedWeights.all(),
                    AtenQuantizedRecurrent.all(),
                    AtenViews.all(),
                    AtenSlices.all(),
                    AtenTypes.all(),
                    AtenMovement.all(),
                    AtenSizes.all(),
                    AtenPadding.all(),
                    AtenIndexing.all(),
                    AtenScatters.all(),
                    AtenCreation.all(),
                    AtenRandom.all())
            .flatMap(List::stream)
            .toList());

    private final Map<String, List<AtenOperator>> byName = new HashMap<>();

    private AtenTable(List<AtenOperator> rows) {
        for (AtenOperator row : rows) {
            byName.computeIfAbsent(
                            row.schema().namespace() + "::" + row.schema().name(), _ -> new ArrayList<>())
                    .add(row);
        }
    }

    public static AtenTable all() {
        return ALL;
    }

    /** The one tensor that an operator of {@code aten::} gives, for rows that are made of others. */
    static Value one(AtenGraph graph, String operator, List<Argument> positional, Map<String, Argument> named) {
        Argument result =
                all().call(graph, "aten::" + operator, "", positional, named).getFirst();
        if (result instanceof Argument.OfTensor(TensorReference reference)) {
            return reference.value();
        }
        throw new IllegalStateException(operator + " gives back " + result.kind());
    }

    /** Every row, for listings. */
    public List<AtenOperator> rows() {
        return byName.values().stream().flatMap(List::stream).toList();
    }

    /** Whether there is an operator of a name with its namespace, such as {@code aten::conv2d}; in place or not. */
    public boolean has(String name) {
        return !candidates(name).isEmpty();
    }

    /**
     * Calls an operator.
     *
     * @param name with its namespace and without an overload, such as {@code aten::conv2d}
     * @param overload empty to choose by the arguments; {@code default} for the form without one
     * @param given arguments by name; the others are in the order of the parameters
     * @return what it gives back
     * @throws ModelFormatException if the operator is unknown or the arguments do not suit it; names it
     */
    public List<Argument> call(
            AtenGraph graph, String name, String overload, List<Argument> positional, Map<String, Argument> given) {
        Map<String, Argument> named = firstByName(name, given);
        AtenOperator row = choose(name, overload, positional, named);
        AtenCall call = new AtenCall(row.schema(), row.schema().bind(positional, named), graph);
        List<Argument> results;
        try {
            results = QuantizedResults.of(call, row.lowering().apply(call));
        } catch (ModelFormatException e) {
            String message = String.valueOf(e.getMessage());
            throw message.contains(row.schema().name())
                    ? e
                    : new ModelFormatException(row.schema().fullName() + ": " + message, e);
        }
        if (functional(name).isPresent()
                && !row.schema().inPlace()
                && call.arguments().getFirst() instanceof Argument.OfTensor self) {
            if (!(results.getFirst() instanceof Argument.OfTensor result)) {
                throw new ModelFormatException(name + ": it gives back no tensor to write");
            }
            self.reference()
                    .write(graph.cast(
                            result.reference().value(),
                            graph.dataType(self.reference().value())));
            return List.of(self);
        }
        return results;
    }

    /** Operators in place call their first argument self, also where those without the mark call it input. */
    private Map<String, Argument> firstByName(String name, Map<String, Argument> named) {
        Optional<String> first = functional(name).isEmpty() || !named.containsKey("self")
                ? Optional.empty()
                : candidates(name).stream()
                        .filter(row -> row.schema().parameter("self").isEmpty())
                        .map(row -> row.schema().parameters().getFirst().name())
                        .findFirst();
        if (first.isEmpty()) {
            return named;
        }
        Map<String, Argument> renamed = new HashMap<>(named);
        renamed.put(first.get(), renamed.remove("self"));
        return renamed;
    }

    private List<AtenOperator> candidates(String name) {
        List<AtenOperator> rows = byName.getOrDefault(name, List.of());
        return rows.isEmpty()
                ? functional(name)
                        .map(each -> byName.getOrDefault(each, List.of()))
                        .orElse(rows)
                : rows;
    }

    /** The operator without the mark of one that writes its first argument: {@code add_} or {@code __iand__}. */
    private static Optional<String> functional(String name) {
        if (name.endsWith("__")) {
            return name.contains("::__i") ? Optional.of(name.replace("::__i", "::__")) : Optional.empty();
        }
        return name.endsWith("_") ? Optional.of(name.substring(0, name.length() - 1)) : Optional.empty();
    }

    private AtenOperator choose(String name, String overload, List<Argument> positional, Map<String, Argument> named) {
        List<AtenOperator> rows = candidates(name);
        if (rows.isEmpty()) {
            throw new ModelFormatException(
                    "the operator " + name + " is not known; see docs/pytorch.md for those that are");
        }
        String wanted = overload.equals("default") ? "" : overload;
        Optional<AtenOperator> exact = rows.stream()
                .filter(row -> !overload.isEmpty() && row.schema().overload().equals(wanted))
                .findFirst();
        return exact.or(() -> rows.stream()
                        .filter(row -> OverloadMatch.suits(row.schema(), positional, named))
                        .findFirst())
                .orElseThrow(() -> new ModelFormatException("no form of " + name + " takes "
                        + positional.stream().map(Argument::kind).toList() + " and " + named.keySet()));
    }
}
