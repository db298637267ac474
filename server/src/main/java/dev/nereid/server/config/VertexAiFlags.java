package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.VertexAiConfig;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** From flags, and from the variables that Vertex AI sets for the containers it starts, to the front for it. */
public final class VertexAiFlags {
    /** What begins what Triton says of the front when it cannot be opened. */
    public static final String NOT_STARTED = "failed to start Vertex AI service: Invalid argument - ";

    private static final int USUAL_PORT = 8080;

    private VertexAiFlags() {}

    /** Whether Vertex AI has started the server, to serve through that platform and in no other way. */
    static boolean isOnlyWayIn(Map<String, String> environment) {
        return environment.getOrDefault("AIP_MODE", "").equals("PREDICTION");
    }

    /** Whether the front is opened. */
    static boolean isWanted(ParsedFlags flags, Map<String, String> environment) {
        return flags.bool("allow-vertex-ai", isOnlyWayIn(environment));
    }

    /**
     * Reads the front's configuration; empty where it is not opened.
     *
     * @param http the configuration of HTTP, of which it takes the address, the limits, and who may call what
     * @throws StartException in Triton's words if there are no routes
     */
    static Optional<VertexAiConfig> read(ParsedFlags flags, Map<String, String> environment, HttpConfig http) {
        if (!isWanted(flags, environment)) {
            return Optional.empty();
        }
        // Triton's text misspells the first one.
        Pattern predict = route(environment, "AIP_PREDICT_ROUTE", "API_PREDICT_ROUTE");
        Pattern health = route(environment, "AIP_HEALTH_ROUTE", "AIP_HEALTH_ROUTE");
        HttpConfig own = HttpConfig.of(http.address(), port(flags, environment), http.serverName())
                .withLimits(http.limits())
                .withKeys(http.keys())
                .withCors(http.cors())
                .withHosts(http.hosts())
                .withDialect(http.dialect());
        return Optional.of(new VertexAiConfig(
                own, predict, health, flags.text("vertex-ai-default-model").orElse("")));
    }

    private static int port(ParsedFlags flags, Map<String, String> environment) {
        String variable = environment.getOrDefault("AIP_HTTP_PORT", "");
        int usual = USUAL_PORT;
        if (!variable.isEmpty()) {
            try {
                usual = Integer.parseInt(variable);
            } catch (NumberFormatException e) {
                usual = -1;
            }
            if (!ServerConfigReader.isPort(usual)) {
                throw new CommandLineException("AIP_HTTP_PORT: expected a port, got '" + variable + "'");
            }
        }
        return flags.integer("vertex-ai-port", usual);
    }

    /** A path, which as in Triton may be a regular expression. */
    private static Pattern route(Map<String, String> environment, String variable, String nameInText) {
        String route = environment.getOrDefault(variable, "");
        if (route.isEmpty()) {
            throw new StartException(NOT_STARTED + nameInText + " is not defined for Vertex AI endpoint");
        }
        try {
            return Pattern.compile(route);
        } catch (PatternSyntaxException e) {
            throw new StartException(
                    NOT_STARTED + variable + ": expected a path or a regular expression, got '" + route + "'", e);
        }
    }
}
