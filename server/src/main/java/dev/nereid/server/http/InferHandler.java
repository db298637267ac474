package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.connection.Compression;
import dev.nereid.server.http.connection.InflatedBody;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.Classification;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.json.EncodedResponse;
import dev.nereid.server.protocol.json.InferResponseEncoder;
import dev.nereid.server.protocol.json.JsonInferDecoder;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.trace.FrontTrace;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * Inference: reads a request from JSON, from JSON with binary data, or raw; waits for the model; writes the answer.
 * Errors of the request itself are application/json, those before it is read and after it was accepted text/plain.
 */
final class InferHandler {
    private static final String DECOUPLED = "HTTP end point doesn't support models with decoupled transaction policy";

    private final ModelRepository repository;
    private final RequestBodies bodies;
    private final SlabPool memory;
    private final long mostInputBytes;
    private final JsonInferDecoder decoder;
    private final Dialect dialect;
    private final HeaderForwarding forwarding;
    private final AwaitedInference inference;
    private final InferForm form;

    /** @param form where binary data is */
    InferHandler(
            ModelRepository repository,
            RequestBodies bodies,
            SlabPool memory,
            HttpConfig config,
            Extensions extensions,
            InferForm form) {
        this.repository = repository;
        this.bodies = bodies;
        this.memory = memory;
        this.mostInputBytes = config.limits().mostInputBytes();
        this.decoder = new JsonInferDecoder(mostInputBytes, memory, extensions.sharedMemory(), config.dialect());
        this.dialect = config.dialect();
        this.forwarding = config.forwarding();
        this.inference = new AwaitedInference(extensions.tracer());
        this.form = form;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.addModel(
                "POST", "/infer", ContentType.PLAIN, exchange -> infer(exchange, exchange.model(), exchange.version()));
    }

    /**
     * Answers a request for a model, whatever its path says.
     *
     * @param version empty for the server's choice
     */
    void infer(Exchange exchange, String name, String version) {
        long received = System.nanoTime();
        Model model;
        Optional<Compression> encoding;
        try {
            model = repository.findForRequest(name, version);
            if (model.decoupled() && dialect == Dialect.TRITON) {
                throw InferException.unsupported(DECOUPLED);
            }
            encoding = form.contentCodings() ? contentEncoding(exchange) : Optional.empty();
        } catch (InferException e) {
            exchange.respondError(e, ContentType.PLAIN);
            return;
        }
        if (encoding.isPresent() && !exchange.hasBody()) {
            exchange.respondError(InferException.invalid("nothing to be decompressed"), ContentType.PLAIN);
            return;
        }
        Optional<Body> body = read(exchange, model, name, version, encoding.isPresent());
        if (body.isEmpty()) {
            return;
        }
        DecodedRequest decoded = body.get().decoded();
        if (model.decoupled()) {
            try {
                InferEvents.check(exchange, decoded, body.get().raw());
            } catch (InferException e) {
                decoded.close();
                throw e;
            }
        }
        run(exchange, model, decoded, received);
    }

    /** @param raw whether it has no JSON */
    private record Body(DecodedRequest decoded, boolean raw) {}

    /** Reads the body, of which nothing but what was decoded is left then; empty if its request was answered with an error. */
    private Optional<Body> read(Exchange exchange, Model model, String name, String version, boolean compressed) {
        BodyStream body = compressed ? decompressed(exchange) : bodies.stream(exchange, this::isOnlyJson);
        long jsonBytes;
        try {
            jsonBytes = form.jsonLength().of(exchange, body.length());
        } catch (InferException e) {
            exchange.respondError(e, ContentType.PLAIN);
            return Optional.empty();
        }
        boolean raw = jsonBytes == 0;
        DecodedRequest decoded = raw
                ? RawRequest.decode(body, model, mostInputBytes, memory)
                : decoder.decode(body, jsonBytes, name, version);
        return Optional.of(new Body(decoded, raw));
    }

    private static Optional<Compression> contentEncoding(Exchange exchange) {
        try {
            return Compression.ofContentEncoding(
                    exchange.header(HeaderNames.CONTENT_ENCODING).orElse(""));
        } catch (InferException e) {
            exchange.setHeader(HeaderNames.ACCEPT_ENCODING, "gzip, deflate");
            throw e;
        }
    }

    /** The body behind a content coding; empty in Triton's dialect where it is not compressed at all. */
    private BodyStream decompressed(Exchange exchange) {
        try (InflatedBody plain = new InflatedBody(bodies.whole(exchange))) {
            if (plain.isUnknown() && dialect != Dialect.TRITON) {
                throw InferException.invalid("the body cannot be decompressed: it begins neither as gzip nor as zlib");
            }
            return BodyStream.of(bodies.readInflated(plain, exchange.memory()), exchange.memory());
        }
    }

    /** Whether a request that is right has no binary data. */
    private boolean isOnlyJson(Exchange exchange) {
        try {
            return form.jsonLength().of(exchange, Long.MAX_VALUE) == Long.MAX_VALUE;
        } catch (InferException e) {
            return true; // it will be refused once its length is known
        }
    }

    /** The request with the headers that are to become parameters of it. */
    private DecodedRequest forwarded(Exchange exchange, DecodedRequest decoded) {
        return forwarding.isNone()
                ? decoded
                : decoded.withHeader(forwarding.addTo(decoded.header(), exchange.headers()));
    }

    private void run(Exchange exchange, Model found, DecodedRequest decoded, long received) {
        InferRequest request;
        try {
            request = InferRequestReader.of(forwarded(exchange, decoded), found, memory, exchange.memory(), received);
        } catch (InferException e) {
            decoded.close();
            if (!e.isOfModel()) {
                throw e;
            }
            exchange.respondError(e, ContentType.PLAIN);
            return;
        } catch (RuntimeException | Error e) {
            decoded.close();
            throw e;
        }
        Model model = repository.route(found, request, exchange.origin());
        FrontTrace trace = Traces.begin(inference.tracer(), request, exchange);
        try (trace;
                request) {
            if (model.decoupled()) {
                InferEvents.answer(exchange, model, decoded, request, trace);
                return;
            }
            inference.await(
                    exchange,
                    model,
                    request,
                    trace,
                    response -> respond(exchange, model, decoded, response),
                    (e, refused) -> exchange.respondError(e, refused ? ContentType.JSON : ContentType.PLAIN));
        }
    }

    private void respond(Exchange exchange, Model model, DecodedRequest decoded, InferResponse response) {
        boolean batched = model.config().getMaxBatchSize() > 0;
        List<OutputTensor> outputs = Classification.apply(response, decoded.outputs(), batched, model::labels);
        EncodedResponse encoded = InferResponseEncoder.encode(
                response, outputs, decoded.outputs(), decoded.binaryByDefault(), dialect, exchange.memory());
        Optional<Compression> compression = form.contentCodings()
                ? exchange.header(HeaderNames.ACCEPT_ENCODING).flatMap(Compression::ofAcceptEncoding)
                : Optional.empty();
        ServerResponse head = exchange.head(200, encoded.hasBinary() ? ContentType.BINARY : ContentType.JSON);
        if (encoded.hasBinary()) {
            form.mark().on(head, encoded.jsonBytes());
        }
        if (compression.isPresent()) {
            head.header(HeaderNames.CONTENT_ENCODING, compression.get().coding());
            head.send(compression.get().apply(encoded::writeTo, exchange.memory()));
            return;
        }
        if (encoded.isSmall()) {
            int length = (int) encoded.length();
            head.send(encoded.array(), 0, length);
            return;
        }
        try (OutputStream stream = exchange.sized(encoded.length())) {
            encoded.writeTo(stream);
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before it had the whole answer", e);
        }
    }
}
