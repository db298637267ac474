package dev.nereid.bench.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** TensorFlow Serving over REST: it describes a model's signatures, and keeps no statistics. */
public final class TfServingApi implements ServerApi {
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

    private final HttpCalls calls;
    private final String signature;

    /** A server at {@code endpoint}; {@code signature} is what requests ask for. */
    public TfServingApi(Endpoint endpoint, String signature) {
        this.calls = new HttpCalls(endpoint);
        this.signature = signature;
    }

    /** A model batches when the first length of each input is free. */
    @Override
    public ModelContract contract(String model, String version) {
        String path = "/v1/models/" + HttpCalls.encode(model)
                + (version.isEmpty() ? "" : "/versions/" + HttpCalls.encode(version)) + "/metadata";
        JsonNode all = calls.get(path).at("/metadata/signature_def/signature_def");
        if (!all.has(signature)) {
            List<String> names = new ArrayList<>();
            all.fieldNames().forEachRemaining(names::add);
            throw new ServerException(
                    "the model '" + model + "' has no signature '" + signature + "'; it has " + names);
        }
        List<TensorSpec> inputs = tensors(all.path(signature).path("inputs"));
        List<TensorSpec> outputs = tensors(all.path(signature).path("outputs"));
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

    @Override
    public boolean hasStatistics() {
        return false;
    }

    @Override
    public List<ModelStatistics> statistics(String model, String version) {
        return List.of();
    }

    @Override
    public void close() {
        calls.close();
    }
}
