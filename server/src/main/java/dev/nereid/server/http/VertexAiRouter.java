package dev.nereid.server.http;

import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the row of a request that comes through Vertex AI. That platform knows two paths of a server, one for health and
 * one for predictions; a header says which of the server's other calls a prediction stands for. Source: Triton's
 * vertex_ai_server.cc. Immutable.
 */
final class VertexAiRouter implements Router {
    private static final String REDIRECT = "X-Vertex-Ai-Triton-Redirect";
    private static final Optional<Routes.Match> BAD_REQUEST = Optional.of(Routes.Match.always(400));
    private static final Optional<Routes.Match> METHOD_NOT_ALLOWED = Optional.of(Routes.Match.always(405));

    private final VertexAiConfig config;
    private final Routes routes;

    /** @param routes what a request may be redirected to */
    VertexAiRouter(VertexAiConfig config, Routes routes) {
        this.config = config;
        this.routes = routes;
    }

    @Override
    public String title() {
        return "Vertex AI";
    }

    @Override
    public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
        if (config.healthRoute().matcher(path).matches()) {
            return routes.find("/v2/health/ready", method);
        }
        if (!config.predictRoute().matcher(path).matches()) {
            return BAD_REQUEST;
        }
        Optional<String> redirect = header.apply(REDIRECT);
        if (redirect.isEmpty()) {
            return routes.find("/v2/models/" + config.defaultModel() + "/infer", method);
        }
        if (!method.equals("POST")) {
            return METHOD_NOT_ALLOWED;
        }
        // Predictions are all POST, whatever they stand for.
        return routes.find("/" + redirect.get(), "GET")
                .map(Routes.Match::forAnyMethod)
                .or(() -> BAD_REQUEST);
    }
}
