package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Reads metadata and configuration of a model; numbers may be JSON numbers or texts, as protobuf writes them. */
final class ContractReader {
    private ContractReader() {}

    /** The contract of a model whose server has no configuration to show: that of any KServe v2 server. */
    static ModelContract ofMetadata(JsonNode metadata, String version) {
        return new ModelContract(
                metadata.path("name").asText(),
                version,
                tensors(metadata.path("inputs"), false, Set.of()),
                tensors(metadata.path("outputs"), false, Set.of()),
                0,
                false,
                false,
                false,
                List.of());
    }

    /** The contract of a model of a server that speaks Triton's extensions. */
    static ModelContract of(JsonNode metadata, JsonNode config, String version) {
        int maxBatch = config.path("max_batch_size").asInt(0);
        Set<String> optional = new HashSet<>();
        config.path("input").forEach(input -> {
            if (input.path("optional").asBoolean()) {
                optional.add(input.path("name").asText());
            }
        });
        List<ModelReference> steps = new ArrayList<>();
        config.path("ensemble_scheduling").path("step").forEach(step -> {
            long number = step.path("model_version").asLong(-1);
            ModelReference reference =
                    new ModelReference(step.path("model_name").asText(), number > 0 ? String.valueOf(number) : "");
            if (!steps.contains(reference)) {
                steps.add(reference);
            }
        });
        return new ModelContract(
                metadata.path("name").asText(),
                version,
                tensors(metadata.path("inputs"), maxBatch > 0, optional),
                tensors(metadata.path("outputs"), maxBatch > 0, Set.of()),
                maxBatch,
                config.has("sequence_batching"),
                config.path("model_transaction_policy").path("decoupled").asBoolean(),
                config.path("response_cache").path("enable").asBoolean(),
                steps);
    }

    private static List<TensorSpec> tensors(JsonNode list, boolean batched, Set<String> optional) {
        List<TensorSpec> tensors = new ArrayList<>();
        list.forEach(tensor -> {
            List<Long> shape = StreamSupport.stream(tensor.path("shape").spliterator(), false)
                    .map(JsonNode::asLong)
                    .toList();
            String name = tensor.path("name").asText();
            tensors.add(new TensorSpec(
                    name,
                    tensor.path("datatype").asText(),
                    batched && !shape.isEmpty() ? shape.subList(1, shape.size()) : shape,
                    optional.contains(name)));
        });
        return tensors;
    }
}
