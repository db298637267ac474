package dev.nereid.server.http;

import dev.nereid.server.protocol.ApiGroup;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds the row of a request that comes through Vertex AI. That platform knows two paths of a server, one for health and
 * one for predictions; a header says which of the server's other calls a prediction stands for. Who may predict may not change
 * the server: as in Triton since 2026, calls that do are refused. Sources: Triton's vertex_ai_server.cc and its pull request
 * 8685. Immutable.
 */
final class VertexAiRouter implements Router {
    private static final String REDIRECT = "X-Vertex-Ai-Triton-Redirect";
    /** The last segments of the calls that are POST and change nothing. */
    private static final Set<String> HARMLESS = Set.of("infer", "index");

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
                .map(match -> isHarmless(match.route()) ? match.forAnyMethod() : refused(match.route()))
                .or(() -> BAD_REQUEST);
    }

    private static boolean isHarmless(Routes.Route route) {
        return route.method().equals("GET") || HARMLESS.contains(route.path().getLast());
    }

    /** The first words are Triton's, which its tests look for. */
    private static Routes.Match refused(Routes.Route route) {
        String what = route.group().equals(Optional.of(ApiGroup.MODEL_REPOSITORY))
                ? "explicit model load / unload is not allowed"
                : "'" + String.join("/", route.path()) + "' is not allowed";
        return Routes.Match.always(exchange -> exchange.respondError(
                403,
                what + " through Vertex AI: predictions are redirected only to calls that change nothing of the server",
                ContentType.JSON));
    }
}
