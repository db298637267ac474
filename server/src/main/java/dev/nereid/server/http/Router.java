package dev.nereid.server.http;

import java.util.Optional;
import java.util.function.Function;

/** Says which row of a table answers a request. */
interface Router {
    /** What the log calls requests that come this way. */
    String title();

    /**
     * The row; empty where nothing is served.
     *
     * @param path as the client wrote it
     * @param header the first value of a header that the request has
     */
    Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header);
}
