package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.http.ResponseStream.Event;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.GenerateDecoder;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.JsonTensorWriter;
import dev.nereid.server.protocol.JsonWriter;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.TensorMetadata;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import dev.nereid.tensor.Tensor;
import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The generate extension: plain JSON in, plain JSON out, as one document or as a stream of events, for decoupled models
 * too. A client that hangs up cancels its request.
 */
final class GenerateHandler {
    private static final String NOT_ONE =
            "generate expects model to produce exactly 1 response, use generate stream for "
                    + "model that generates various number of responses";

    private final ModelRepository repository;
    private final RequestBodies bodies;
    private final SlabPool memory;
    private final GenerateDecoder decoder;
    private final Tracer tracer;

    GenerateHandler(
            ModelRepository repository, RequestBodies bodies, SlabPool memory, long mostInputBytes, Tracer tracer) {
        this.repository = repository;
        this.bodies = bodies;
        this.memory = memory;
        this.decoder = new GenerateDecoder(mostInputBytes, memory);
        this.tracer = tracer;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.addModel(
                        "POST", "/generate", ContentType.JSON, exchange -> run(exchange, GenerateHandler::answerOnce))
                .addModel("POST", "/generate_stream", ContentType.JSON, this::stream);
    }

    private void stream(Exchange exchange) {
        if (!exchange.takesChunks()) {
            throw InferException.invalid("generate_stream answers in chunks, which HTTP/1.0 does not have");
        }
        run(exchange, GenerateHandler::answerEach);
    }

    /** How the events of a request become an answer; those that it leaves are of no use to the client. */
    @FunctionalInterface
    private interface Answer {
        void write(Exchange exchange, ResponseStream events, FrontTrace trace);
    }

    private void run(Exchange exchange, Answer answer) {
        long received = System.nanoTime();
        Model model = repository.find(exchange.model(), exchange.version());
        String coding = exchange.header(HeaderNames.CONTENT_ENCODING).orElse("identity");
        if (!coding.isEmpty() && !coding.equals("identity")) {
            throw InferException.invalid("Unsupported content-encoding, only 'identity' is supported.");
        }
        DecodedRequest decoded =
                decoder.decode(bodies.whole(exchange), exchange.model(), exchange.version(), inputs(model));
        InferRequest request;
        try {
            request = Requests.of(decoded, model, memory, received);
            model.validator().check(request);
        } catch (RuntimeException e) {
            decoded.close();
            throw e;
        }
        FrontTrace trace = Traces.begin(tracer, request, exchange);
        try (trace;
                request) {
            ResponseStream events = new ResponseStream();
            request.answerWhile(events::hasRoom);
            model.infer(request, trace.watch(events));
            if (GuardedConnection.CURRENT.isBound()) {
                GuardedConnection.CURRENT.get().onHangUp(request::cancel);
            }
            answer(exchange, request, events, trace, answer);
            trace.sendEnd();
        }
    }

    /** Answers, and whatever becomes of that does not return before the request's last event: its memory is in use. */
    private static void answer(
            Exchange exchange, InferRequest request, ResponseStream events, FrontTrace trace, Answer answer) {
        try {
            answer.write(exchange, events, trace);
        } finally {
            if (!events.isOver()) {
                request.cancel();
                events.drain();
            }
        }
    }

    private static Map<String, GenerateDecoder.Input> inputs(Model model) {
        Map<String, GenerateDecoder.Input> inputs = new HashMap<>();
        for (TensorMetadata input : model.inputs()) {
            inputs.put(input.name(), new GenerateDecoder.Input(input.dataType(), input.shape()));
        }
        return inputs;
    }

    /** One document, whose status is that of the first event. */
    private static void answerOnce(Exchange exchange, ResponseStream events, FrontTrace trace) {
        Event first = events.next();
        trace.sendStart();
        Document document = document(first);
        if (!first.isLast()) {
            Event second = events.next();
            if (second instanceof Event.Response unexpected) {
                unexpected.response().close();
                document = new Document(200, Exchange.errorDocument(NOT_ONE));
            } else if (second instanceof Event.Failure failure) {
                document =
                        new Document(200, Exchange.errorDocument(failure.error().text()));
            }
        } else if (first instanceof Event.End) {
            document = new Document(200, Exchange.errorDocument(NOT_ONE));
        }
        if (!exchange.takesChunks()) {
            exchange.respond(document.status(), ContentType.JSON, document.json());
            return;
        }
        try (OutputStream stream = exchange.chunked(document.status(), ContentType.JSON)) {
            stream.write(document.json());
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before it had the whole answer", e);
        }
    }

    /** One event for each response; the status is that of the first. */
    private static void answerEach(Exchange exchange, ResponseStream events, FrontTrace trace) {
        Event event = events.next();
        trace.sendStart();
        Document document = document(event);
        try (OutputStream stream = exchange.chunked(document.status(), ContentType.EVENTS)) {
            write(stream, document);
            while (!event.isLast()) {
                event = events.next();
                write(stream, document(event));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before the last event", e);
        }
    }

    private static void write(OutputStream stream, Document document) throws IOException {
        if (document.json().length > 0) {
            stream.write("data: ".getBytes(StandardCharsets.US_ASCII));
            stream.write(document.json());
            stream.write("\n\n".getBytes(StandardCharsets.US_ASCII));
            stream.flush();
        }
    }

    /** What an event says to the client, nothing for an end, with the status that it stands for. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Document(int status, byte[] json) {}

    private static Document document(Event event) {
        return switch (event) {
            case Event.Failure failure ->
                new Document(
                        failure.error().code().httpStatus(),
                        Exchange.errorDocument(failure.error().text()));
            case Event.End _ -> new Document(200, new byte[0]);
            case Event.Response arrived -> {
                try (InferResponse response = arrived.response()) {
                    yield new Document(200, members(response));
                } catch (InferException e) {
                    yield new Document(e.code().httpStatus(), Exchange.errorDocument(e.text()));
                }
            }
        };
    }

    /** The members in the order of their names, as Triton's map has them; a tensor of one element is that element. */
    private static byte[] members(InferResponse response) {
        Map<String, Consumer<JsonWriter>> members = new TreeMap<>();
        if (!response.id().isEmpty()) {
            members.put("id", json -> json.value(response.id()));
        }
        members.put("model_name", json -> json.value(response.modelName()));
        members.put("model_version", json -> json.value(response.modelVersion()));
        response.parameters()
                .forEach((key, value) -> members.put(key, json -> JsonTensorWriter.parameter(json, value)));
        for (OutputTensor output : response.outputs()) {
            members.put(output.name(), json -> tensor(json, output.tensor()));
        }
        JsonWriter json = new JsonWriter().beginObject();
        members.forEach((name, write) -> write.accept(json.name(name)));
        return json.endObject().toBytes();
    }

    private static void tensor(JsonWriter json, Tensor tensor) {
        if (tensor.shape().elements() == 1) {
            JsonTensorWriter.elements(json, tensor);
            return;
        }
        json.beginArray();
        JsonTensorWriter.elements(json, tensor);
        json.endArray();
    }
}
