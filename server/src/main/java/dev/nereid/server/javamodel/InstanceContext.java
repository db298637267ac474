package dev.nereid.server.javamodel;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.model.ModelClient;
import dev.nereid.server.model.ModelContext;
import dev.nereid.server.model.TensorSpec;
import dev.nereid.server.protocol.InferException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an instance is told, read from its model's config. */
record InstanceContext(ModelConfig config, long version, String instanceName, Path versionFolder, ModelClient client)
        implements ModelContext {
    @Override
    public String modelName() {
        return config.getName();
    }

    @Override
    public Map<String, String> parameters() {
        Map<String, String> parameters = new TreeMap<>();
        config.getParametersMap().forEach((name, value) -> parameters.put(name, value.getStringValue()));
        return parameters;
    }

    @Override
    public List<TensorSpec> inputs() {
        return config.getInputList().stream()
                .map(input -> spec(
                        input.getName(),
                        input.getDataType(),
                        input.hasReshape() ? input.getReshape().getShapeList() : input.getDimsList()))
                .toList();
    }

    @Override
    public List<TensorSpec> outputs() {
        return config.getOutputList().stream()
                .map(output -> spec(
                        output.getName(),
                        output.getDataType(),
                        output.hasReshape() ? output.getReshape().getShapeList() : output.getDimsList()))
                .toList();
    }

    private static TensorSpec spec(String name, DataType type, List<Long> dims) {
        return new TensorSpec(name, ConfigTypes.tensorType(type).orElseThrow(), dims);
    }

    @Override
    public int maxBatchSize() {
        return config.getMaxBatchSize();
    }

    @Override
    public boolean decoupled() {
        return config.getModelTransactionPolicy().getDecoupled();
    }

    @Override
    public String configJson() {
        try {
            return JsonFormat.printer().preservingProtoFieldNames().print(config);
        } catch (InvalidProtocolBufferException e) {
            throw new InferException(
                    InferException.Code.INTERNAL, "the config of model '" + modelName() + "' is no JSON: " + e, e);
        }
    }
}
