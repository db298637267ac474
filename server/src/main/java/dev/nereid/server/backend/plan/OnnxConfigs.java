package dev.nereid.server.backend.plan;

import dev.nereid.models.LoadedModel.Port;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelTensorReshape;
import dev.nereid.server.backend.AddedInputs;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes a model config from what the model's file declares, as Triton's ONNX backend does. */
final class OnnxConfigs {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxConfigs.class);

    private OnnxConfigs() {}

    /**
     * Fills in inputs, outputs and batch size. A config that names inputs and outputs is taken to mean what it says,
     * also where it says 0 as its batch size.
     */
    static ModelConfig complete(ModelConfig config, ModelSignature signature, int defaultMaxBatchSize) {
        if (config.getInputCount() > 0 && config.getOutputCount() > 0) {
            return config;
        }
        ModelConfig.Builder builder = config.toBuilder();
        completeBatching(builder, signature, defaultMaxBatchSize);
        boolean batching = builder.getMaxBatchSize() > 0;
        // Triton lists them from the last to the first, and clients see that order.
        if (config.getInputCount() == 0) {
            List<String> added =
                    AddedInputs.of(config).stream().map(ModelInput::getName).toList();
            for (Port port : signature.inputs().reversed()) {
                if (!added.contains(port.name())) {
                    builder.addInput(input(port, batching));
                }
            }
        }
        if (config.getOutputCount() == 0) {
            for (Port port : signature.outputs().reversed()) {
                builder.addOutput(output(port, batching));
            }
        }
        return builder.build();
    }

    /** A model that batches gets the dynamic batcher, also where only the batch size is the config's. */
    private static void completeBatching(ModelConfig.Builder config, ModelSignature signature, int defaultSize) {
        if (!batches(signature)) {
            if (config.getMaxBatchSize() != 0) {
                throw InferException.invalid("autofill failed for model '" + config.getName()
                        + "': model does not support batching while non-zero max_batch_size is specified");
            }
            return;
        }
        if (config.getMaxBatchSize() == 0 && !signature.unbatched().isEmpty()) {
            LOG.info(
                    "model '{}' is served without a batch: {}",
                    config.getName(),
                    unbatched(signature.unbatched().entrySet().iterator().next()));
            return;
        }
        if (config.getMaxBatchSize() == 0) {
            config.setMaxBatchSize(Math.max(defaultSize, 0));
        }
        if (config.getMaxBatchSize() > 1
                && config.getSchedulingChoiceCase() == ModelConfig.SchedulingChoiceCase.SCHEDULINGCHOICE_NOT_SET) {
            config.setDynamicBatching(ModelDynamicBatching.getDefaultInstance());
        }
    }

    /** Why a model has no batch, by an output whose rows are others than the inputs'. */
    static String unbatched(Map.Entry<String, String> output) {
        return "output '" + output.getKey() + "' has " + output.getValue() + " rows, not as many as the inputs";
    }

    /** Dims as a config writes them: -1 for what is not known. */
    static List<Long> dims(TensorType type) {
        List<Long> dims = new ArrayList<>();
        for (Dim dim : type.dims().orElse(List.of())) {
            dims.add(dim.isKnown() ? dim.value() : -1);
        }
        return dims;
    }

    /** Whether the first dim of every input and output may have any size. */
    private static boolean batches(ModelSignature signature) {
        List<Port> ports = new ArrayList<>(signature.inputs());
        ports.addAll(signature.outputs());
        return ports.stream().map(port -> dims(port.type())).allMatch(dims -> !dims.isEmpty() && dims.getFirst() == -1);
    }

    private static ModelInput input(Port port, boolean batching) {
        ModelInput.Builder input = ModelInput.newBuilder()
                .setName(port.name())
                .setDataType(dataType(port))
                .addAllDims(dims(port, batching));
        if (isScalar(port, batching)) {
            input.addDims(1);
            if (batching) {
                input.setReshape(ModelTensorReshape.getDefaultInstance());
            }
        }
        return input.build();
    }

    private static ModelOutput output(Port port, boolean batching) {
        ModelOutput.Builder output = ModelOutput.newBuilder()
                .setName(port.name())
                .setDataType(dataType(port))
                .addAllDims(dims(port, batching));
        if (isScalar(port, batching)) {
            output.addDims(1);
            if (batching) {
                output.setReshape(ModelTensorReshape.getDefaultInstance());
            }
        }
        return output.build();
    }

    private static List<Long> dims(Port port, boolean batching) {
        List<Long> dims = dims(port.type());
        return batching && !dims.isEmpty() ? dims.subList(1, dims.size()) : dims;
    }

    /**
     * A tensor of which a config has no dim to write: it is served with one dim of size 1. An empty reshape says so where
     * there is a batch dim; without one, Triton has no such thing and takes the tensor as it is.
     */
    private static boolean isScalar(Port port, boolean batching) {
        return dims(port, batching).isEmpty();
    }

    private static DataType dataType(Port port) {
        return ConfigTypes.configType(port.type().dataType())
                .orElseThrow(() -> InferException.unsupported("tensor '" + port.name() + "' is of type "
                        + port.type().dataType() + ", which no request can carry"));
    }
}
