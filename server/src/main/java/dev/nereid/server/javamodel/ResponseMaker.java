package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.ConfigReshapes;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.model.ModelResponse;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes responses of what a model's code answers, as far as its config allows them. Any thread. */
final class ResponseMaker {
    private final String model;
    private final String version;
    private final boolean decoupled;
    private final SlabPool pool;
    private final ConfigReshapes reshapes;
    private final Map<String, DataType> outputs = new LinkedHashMap<>();

    ResponseMaker(ModelConfig config, long version, SlabPool pool) {
        this.model = config.getName();
        this.version = Long.toString(version);
        this.decoupled = config.getModelTransactionPolicy().getDecoupled();
        this.pool = pool;
        this.reshapes = new ConfigReshapes(config);
        for (ModelOutput output : config.getOutputList()) {
            outputs.put(
                    output.getName(),
                    ConfigTypes.tensorType(output.getDataType()).orElseThrow());
        }
    }

    boolean decoupled() {
        return decoupled;
    }

    /** What a request brought in the shape that the model's code sees. */
    Tensor input(String name, Tensor tensor) {
        return reshapes.toModel(name, tensor);
    }

    /**
     * Refuses what only a decoupled model may do.
     *
     * @throws InferException that names it
     */
    void checkDecoupled(String what) {
        if (!decoupled) {
            throw InferException.internal("model '" + model
                    + "' is not decoupled: its requests have one answer each, and " + "no '" + what + "'");
        }
    }

    /**
     * A response, which owns its memory.
     *
     * @throws InferException if an output is none of the config's, or has another datatype or rank
     */
    InferResponse response(ExecutionRequest request, ModelResponse answer) {
        answer.outputs().forEach(this::check);
        List<SlabPool.Slab> slabs = new ArrayList<>();
        try {
            List<OutputTensor> tensors = new ArrayList<>();
            answer.outputs().forEach((name, tensor) -> {
                if (request.wants(name)) {
                    tensors.add(new OutputTensor(name, reshapes.toClient(name, owned(request, tensor, slabs))));
                }
            });
            return new InferResponse(model, version, request.id(), answer.parameters(), tensors, () -> closeAll(slabs));
        } catch (RuntimeException | Error e) {
            closeAll(slabs);
            throw e;
        }
    }

    /** A tensor in memory of the response: its own where the request allocated it, else a copy. */
    private Tensor owned(ExecutionRequest request, Tensor tensor, List<SlabPool.Slab> slabs) {
        Optional<SlabPool.Slab> allocated = request.take(tensor);
        if (allocated.isEmpty()) {
            return TensorCopies.of(tensor, pool, slabs);
        }
        slabs.add(allocated.get());
        return tensor;
    }

    private void check(String name, Tensor tensor) {
        DataType expected = outputs.get(name);
        if (expected == null) {
            throw InferException.internal("model '" + model + "' answered output '" + name
                    + "', expected one of its config's: " + outputs.keySet());
        }
        if (expected != tensor.dataType()) {
            throw InferException.internal("model '" + model + "' answered output '" + name + "': expected datatype "
                    + expected.protocolName() + ", got "
                    + tensor.dataType().protocolName());
        }
    }

    private static void closeAll(List<SlabPool.Slab> slabs) {
        slabs.forEach(SlabPool.Slab::close);
    }
}
