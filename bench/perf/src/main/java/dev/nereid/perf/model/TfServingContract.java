package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads what TensorFlow Serving says of a model: its signatures, in the JSON that both of its interfaces have. */
final class TfServingContract {
    private static final Map<String, String> DATATYPES = Map.ofEntries(
            Map.entry("DT_BOOL", "BOOL"),
            Map.entry("DT_UINT8", "UINT8"),
            Map.entry("DT_UINT16", "UINT16"),
            Map.entry("DT_UINT32", "UINT32"),
            Map.entry("DT_UINT64", "UINT64"),
            Map.entry("DT_INT8", "INT8"),
            Map.entry("DT_INT16", "INT16"),
            Map.entry("DT_INT32", "INT32"),
            Map.entry("DT_INT64", "INT64"),
            Map.entry("DT_HALF", "FP16"),
            Map.entry("DT_BFLOAT16", "BF16"),
            Map.entry("DT_FLOAT", "FP32"),
            Map.entry("DT_DOUBLE", "FP64"),
            Map.entry("DT_STRING", "BYTES"));

    private TfServingContract() {}

    /**
     * The contract of one signature. A model batches when the first length of each input is free.
     *
     * @param signatures by their names
     * @throws ServerException if the model does not have {@code signature}
     */
    static ModelContract of(JsonNode signatures, String model, String version, String signature) {
        if (!signatures.has(signature)) {
            List<String> names = new ArrayList<>();
            signatures.fieldNames().forEachRemaining(names::add);
            throw new ServerException(
                    "the model '" + model + "' has no signature '" + signature + "'; it has " + names);
        }
        List<TensorSpec> inputs = tensors(signatures.path(signature).path("inputs"));
        List<TensorSpec> outputs = tensors(signatures.path(signature).path("outputs"));
        boolean batches = !inputs.isEmpty()
                && inputs.stream()
                        .allMatch(
                                input -> !input.dims().isEmpty() && input.dims().getFirst() < 0);
        return new ModelContract(
                model,
                version,
                batches ? withoutBatch(inputs) : inputs,
                batches ? withoutBatch(outputs) : outputs,
                batches ? Integer.MAX_VALUE : 0,
                false,
                false,
                false,
                List.of());
    }

    private static List<TensorSpec> tensors(JsonNode named) {
        List<TensorSpec> tensors = new ArrayList<>();
        named.properties().forEach(entry -> {
            List<Long> dims = new ArrayList<>();
            entry.getValue()
                    .at("/tensor_shape/dim")
                    .forEach(dim -> dims.add(dim.path("size").asLong()));
            String type = entry.getValue().path("dtype").asText();
            tensors.add(new TensorSpec(entry.getKey(), DATATYPES.getOrDefault(type, type), dims, false));
        });
        return tensors;
    }

    private static List<TensorSpec> withoutBatch(List<TensorSpec> tensors) {
        return tensors.stream()
                .map(tensor -> tensor.dims().isEmpty()
                        ? tensor
                        : new TensorSpec(
                                tensor.name(),
                                tensor.datatype(),
                                tensor.dims().subList(1, tensor.dims().size()),
                                false))
                .toList();
    }
}
