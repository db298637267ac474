package dev.nereid.server.repository;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a client sends along with a load request.
 *
 * @param configJson a model config that takes the place of config.pbtxt; empty for none
 * @param files path below the model's folder, such as {@code 1/model.onnx}, to content; where there are any, they take
 *     the place of the whole folder and a config is required. The arrays are not copied.
 */
public record LoadParameters(String configJson, Map<String, byte[]> files) {
    /** A load of what the repository holds. */
    public static final LoadParameters NONE = new LoadParameters("", Map.of());

    public LoadParameters {
        Objects.requireNonNull(configJson, "configJson");
        files = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /** Whether the load differs from what the repository holds. */
    public boolean isOverride() {
        return !configJson.isEmpty() || !files.isEmpty();
    }

    /** Whether a config takes the place of the one in the folder, whose other files stay. */
    boolean isConfigAlone() {
        return !configJson.isEmpty() && files.isEmpty();
    }
}
