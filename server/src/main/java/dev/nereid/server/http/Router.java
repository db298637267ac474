package dev.nereid.server.http;

import dev.nereid.server.protocol.Dialect;
import java.util.Optional;
import java.util.function.Function;

/** Says which row of a table answers a request. */
public interface Router {
    /** What the log calls requests that come this way. */
    String title();

    /**
     * The row; empty where nothing is served.
     *
     * @param path as the client wrote it
     * @param header the first value of a header that the request has
     */
    Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header);

    /** How errors of these requests are answered; by default as Triton's clients expect it. */
    default ErrorFormat errors(Dialect dialect) {
        return ErrorFormat.ofTriton(dialect);
    }

    /** Whether its handlers refuse queries that they do not take; otherwise those that the standard does not allow are refused. */
    default boolean checksQueries() {
        return false;
    }
}
