package dev.nereid.server.grpc;

import dev.nereid.proto.inference.ModelRepositoryParameter;
import dev.nereid.proto.inference.ModelRepositoryParameter.ParameterChoiceCase;
import dev.nereid.proto.inference.RepositoryIndexRequest;
import dev.nereid.proto.inference.RepositoryIndexResponse;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.proto.inference.RepositoryModelLoadResponse;
import dev.nereid.proto.inference.RepositoryModelUnloadRequest;
import dev.nereid.proto.inference.RepositoryModelUnloadResponse;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import java.util.LinkedHashMap;
import java.util.Map;

/** The repository calls. */
final class RepositoryMessages {
    private static final String FILE_PREFIX = "file:";
    private static final String NO_REPOSITORY_NAME = "'repository_name' specification is not supported";

    private RepositoryMessages() {}

    static RepositoryIndexResponse index(ModelRepository repository, RepositoryIndexRequest request) {
        refuseRepositoryName(request.getRepositoryName());
        repository.checkServing();
        RepositoryIndexResponse.Builder response = RepositoryIndexResponse.newBuilder();
        repository
                .index(request.getReady())
                .forEach(entry -> response.addModels(RepositoryIndexResponse.ModelIndex.newBuilder()
                        .setName(entry.name())
                        .setVersion(entry.version())
                        .setState(entry.state())
                        .setReason(entry.reason())));
        return response.build();
    }

    static RepositoryModelLoadResponse load(ModelRepository repository, RepositoryModelLoadRequest request) {
        refuseRepositoryName(request.getRepositoryName());
        repository.load(request.getModelName(), parameters(request.getParametersMap()));
        return RepositoryModelLoadResponse.getDefaultInstance();
    }

    static RepositoryModelUnloadResponse unload(ModelRepository repository, RepositoryModelUnloadRequest request) {
        refuseRepositoryName(request.getRepositoryName());
        ModelRepositoryParameter dependents = request.getParametersMap().get("unload_dependents");
        repository.unload(request.getModelName(), dependents != null && dependents.getBoolParam());
        return RepositoryModelUnloadResponse.getDefaultInstance();
    }

    private static LoadParameters parameters(Map<String, ModelRepositoryParameter> map) {
        String config = "";
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (Map.Entry<String, ModelRepositoryParameter> entry : map.entrySet()) {
            String key = entry.getKey();
            ModelRepositoryParameter value = entry.getValue();
            if (key.equals("config")) {
                require(value, ParameterChoiceCase.STRING_PARAM, key, "string_param");
                config = value.getStringParam();
            } else if (key.startsWith(FILE_PREFIX)) {
                require(value, ParameterChoiceCase.BYTES_PARAM, key, "bytes_param");
                files.put(
                        key.substring(FILE_PREFIX.length()),
                        value.getBytesParam().toByteArray());
            } else {
                throw InferException.invalid("unrecognized load parameter '" + key + "'.");
            }
        }
        return new LoadParameters(config, files);
    }

    private static void require(ModelRepositoryParameter value, ParameterChoiceCase kind, String key, String expected) {
        if (value.getParameterChoiceCase() != kind) {
            throw InferException.invalid(
                    "invalid value type for load parameter '" + key + "', expected " + expected + ".");
        }
    }

    private static void refuseRepositoryName(String name) {
        if (!name.isEmpty()) {
            throw InferException.unsupported(NO_REPOSITORY_NAME);
        }
    }
}
