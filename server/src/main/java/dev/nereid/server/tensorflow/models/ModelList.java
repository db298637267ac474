package dev.nereid.server.tensorflow.models;

import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.ModelType;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelFolders;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The models that a configuration lists, checked. Source: server_core.cc. */
final class ModelList {
    private static final String PLATFORM = "tensorflow";

    private ModelList() {}

    /**
     * The models by their names, in the order of the list.
     *
     * @param before what is served now
     * @throws InferException if one is listed twice, has no folder, or another platform than before
     */
    static Map<String, ModelConfig> of(ModelServerConfig config, Map<String, ModelConfig> before) {
        if (config.getConfigCase() == ModelServerConfig.ConfigCase.CUSTOM_MODEL_CONFIG) {
            throw InferException.unsupported("custom_model_config is not supported: expected model_config_list");
        }
        Map<String, ModelConfig> models = new LinkedHashMap<>();
        for (ModelConfig model : config.getModelConfigList().getConfigList()) {
            check(model);
            if (models.put(model.getName(), model) != null) {
                throw InferException.invalid(
                        "Illegal to list model " + model.getName() + " multiple times in config list");
            }
            ModelConfig old = before.get(model.getName());
            if (old != null && !platform(old).equals(platform(model))) {
                throw InferException.invalid("Illegal to change a model's platform. For model " + model.getName()
                        + " platform was " + platform(old) + " and new platform requested is " + platform(model));
            }
        }
        return models;
    }

    private static void check(ModelConfig model) {
        if (!ModelFolders.isName(model.getName())) {
            throw InferException.invalid("a model is called '" + model.getName()
                    + "': expected a name without slashes, which is no '.' or '..'");
        }
        boolean typed = model.getModelType() != ModelType.MODEL_TYPE_UNSPECIFIED;
        if (typed && !model.getModelPlatform().isEmpty()) {
            throw InferException.invalid("Illegal setting both ModelServerConfig::model_type and model_platform for "
                    + "model '" + model.getName() + "'.");
        }
        if (!typed && model.getModelPlatform().isEmpty()) {
            throw InferException.invalid("Illegal setting neither ModelServerConfig::model_type nor model_platform for "
                    + "model '" + model.getName() + "'.");
        }
        if (!platform(model).equals(PLATFORM)) {
            throw InferException.invalid("model '" + model.getName() + "' has the platform '" + platform(model)
                    + "': expected '" + PLATFORM + "'");
        }
        if (!basePath(model).isAbsolute()) {
            throw InferException.invalid("Expected model " + model.getName()
                    + " to have an absolute path or URI; got base_path()=" + model.getBasePath());
        }
    }

    private static String platform(ModelConfig model) {
        return model.getModelPlatform().isEmpty() && model.getModelType() == ModelType.TENSORFLOW
                ? PLATFORM
                : model.getModelPlatform();
    }

    /** The folder with the versions of a model. */
    static Path basePath(ModelConfig model) {
        try {
            return Path.of(model.getBasePath());
        } catch (InvalidPathException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "base_path of model '" + model.getName() + "' is no path: " + e.getMessage(),
                    e);
        }
    }
}
