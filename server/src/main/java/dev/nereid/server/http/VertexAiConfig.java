package dev.nereid.server.http;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Where and how the front for Vertex AI listens.
 *
 * @param http address, port, limits and restricted API groups
 * @param predictRoute paths of inference and of redirections
 * @param healthRoute paths of the server's health
 * @param defaultModel the model of requests that are not redirected; empty for the only one that there is
 */
public record VertexAiConfig(HttpConfig http, Pattern predictRoute, Pattern healthRoute, String defaultModel) {
    public VertexAiConfig {
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(predictRoute, "predictRoute");
        Objects.requireNonNull(healthRoute, "healthRoute");
        Objects.requireNonNull(defaultModel, "defaultModel");
    }

    /** This configuration with another default model. */
    public VertexAiConfig withDefaultModel(String model) {
        return new VertexAiConfig(http, predictRoute, healthRoute, model);
    }
}
