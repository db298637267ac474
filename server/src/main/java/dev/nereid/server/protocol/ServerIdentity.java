package dev.nereid.server.protocol;

import java.util.List;
import java.util.Objects;

/**
 * What server metadata says.
 *
 * @param name clients check it: {@code triton} unless the operator chose another
 */
public record ServerIdentity(String name) {
    /** The version of the protocol's reference server whose behaviour is followed: clients look at it. */
    public static final String VERSION = "2.70.0";

    /** The protocol extensions that are served. */
    public static final List<String> EXTENSIONS = List.of(
            "classification",
            "sequence",
            "model_repository",
            "model_repository(unload_dependents)",
            "schedule_policy",
            "model_configuration",
            "system_shared_memory",
            "cuda_shared_memory",
            "binary_tensor_data",
            "parameters",
            "statistics",
            "trace",
            "logging");

    public ServerIdentity {
        Objects.requireNonNull(name, "name");
    }
}
