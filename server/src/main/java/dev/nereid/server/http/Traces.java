package dev.nereid.server.http;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.trace.FrontMoments;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Optional;

/** Traces of requests that came over HTTP. */
public final class Traces {
    private static final HeaderName PARENT = HeaderNames.create("traceparent");

    private Traces() {}

    /** Begins to trace a request that has been read, if it is chosen. */
    public static FrontTrace begin(Tracer tracer, InferRequest request, Exchange exchange) {
        Optional<String> parent = tracer.readsParents() ? exchange.header(PARENT) : Optional.empty();
        return tracer.begin(request, FrontMoments.HTTP, parent);
    }
}
