package dev.nereid.models;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model file holds, found out without building a plan, so that a model that cannot be served can be looked at
 * too.
 *
 * @param opsets the operator set version of each domain the file imports
 * @param defaults initializers that are inputs too, which a config may have with {@code optional: true}
 * @param operators what its nodes apply, subgraphs among them, by name
 * @param parameters elements of its weights, those in constant nodes among them
 * @param weightBytes memory that its weights take
 */
public record ModelInspection(
        Map<String, Integer> opsets,
        List<Port> inputs,
        List<Port> defaults,
        List<Port> outputs,
        List<OperatorUse> operators,
        long parameters,
        long weightBytes) {

    /** An input or output; an output may have no declared type. */
    public record Port(String name, Optional<ValueType> type) {}

    /** How often an operator occurs, and whether this engine has it. */
    public record OperatorUse(String domain, String name, int opset, int count, boolean supported) {}

    /**
     * Looks at a file.
     *
     * @throws ModelFormatException if it is not a valid model
     */
    public static ModelInspection of(Path file) {
        try (ImportedModel model = FileFormats.load(file, DeclaredPorts.NONE)) {
            Totals totals = new Totals();
            totals.add(model.graph());
            return new ModelInspection(
                    model.opsets(),
                    ports(model.graph().inputs(), model.graph()),
                    model.overridable().stream()
                            .map(each -> new Port(each.value().name(), Optional.of(each.type())))
                            .toList(),
                    ports(model.graph().outputs(), model.graph()),
                    totals.operators(),
                    totals.parameters,
                    totals.weightBytes);
        }
    }

    /** Whether this engine has every operator of the model. */
    public boolean supported() {
        return operators.stream().allMatch(OperatorUse::supported);
    }

    private static List<Port> ports(List<Value> values, Graph graph) {
        return values.stream()
                .map(value ->
                        new Port(value.name(), Optional.ofNullable(graph.types().get(value))))
                .toList();
    }

    private static final class Totals {
        private record Key(String domain, String name, int opset) {}

        private final Map<Key, Integer> counts = new HashMap<>();
        private long parameters;
        private long weightBytes;

        void add(Graph graph) {
            graph.initializers().values().forEach(this::add);
            for (Node node : graph.nodes()) {
                counts.merge(new Key(node.domain(), node.operator(), node.opset()), 1, Integer::sum);
                for (Attribute attribute : node.attributes().map().values()) {
                    switch (attribute) {
                        case Attribute.Subgraph(Graph inner, int _) -> add(inner);
                        case Attribute.TensorValue(Tensor tensor) -> add(tensor);
                        case Attribute.Tensors(List<Tensor> tensors) -> tensors.forEach(this::add);
                        default -> {}
                    }
                }
            }
        }

        private void add(Tensor tensor) {
            if (tensor.dataType() != DataType.STRING) {
                parameters += tensor.shape().elements();
            }
            weightBytes += tensor.byteSize();
        }

        List<OperatorUse> operators() {
            List<OperatorUse> uses = new ArrayList<>();
            counts.forEach((key, count) -> uses.add(new OperatorUse(
                    key.domain(),
                    key.name(),
                    key.opset(),
                    count,
                    ModelLoader.operators()
                            .find(key.domain(), key.name(), key.opset())
                            .isPresent())));
            uses.sort(Comparator.comparing(OperatorUse::domain).thenComparing(OperatorUse::name));
            return uses;
        }
    }
}
