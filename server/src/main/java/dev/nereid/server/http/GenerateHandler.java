package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.http.ResponseEvents.Document;
import dev.nereid.server.http.ResponseStream.Event;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.json.GenerateDecoder;
import dev.nereid.server.protocol.json.JsonTensorWriter;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import dev.nereid.tensor.Tensor;
import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
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
    private final Dialect dialect;
    private final Tracer tracer;

    GenerateHandler(
            ModelRepository repository, RequestBodies bodies, SlabPool memory, HttpConfig config, Tracer tracer) {
        this.repository = repository;
        this.bodies = bodies;
        this.memory = memory;
        this.decoder = new GenerateDecoder(config.limits().mostInputBytes(), memory, config.dialect());
        this.dialect = config.dialect();
        this.tracer = tracer;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        return routes.addModel("POST", "/generate", ContentType.JSON, exchange -> run(exchange, this::answerOnce))
                .addModel("POST", "/generate_stream", ContentType.JSON, this::stream);
    }

    private void stream(Exchange exchange) {
        ResponseEvents.checkTakesEvents(exchange, "generate_stream");
        run(
                exchange,
                (to, events, trace) ->
                        ResponseEvents.answerEach(to, events, trace, response -> members(exchange, response)));
    }

    private void run(Exchange exchange, ResponseEvents.Answer answer) {
        long received = System.nanoTime();
        Model found = repository.findForRequest(exchange.model(), exchange.version());
        String coding = exchange.header(HeaderNames.CONTENT_ENCODING).orElse("identity");
        if (!coding.isEmpty() && !coding.equals("identity")) {
            throw InferException.invalid("Unsupported content-encoding, only 'identity' is supported.");
        }
        DecodedRequest decoded = decoder.decode(
                bodies.whole(exchange), exchange.model(), exchange.version(), inputs(found), exchange.memory());
        InferRequest request;
        try {
            request = InferRequestReader.of(decoded, found, memory, exchange.memory(), received);
            found.validator().check(request);
        } catch (RuntimeException | Error e) {
            decoded.close();
            throw e;
        }
        Model model = repository.route(found, request, exchange.origin());
        FrontTrace trace = Traces.begin(tracer, request, exchange);
        try (trace;
                request) {
            ResponseEvents.run(exchange, model, request, trace, answer);
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
    private void answerOnce(Exchange exchange, ResponseStream events, FrontTrace trace) {
        Event first = events.next();
        trace.sendStart();
        Document document = Document.of(first, response -> members(exchange, response));
        if (!first.isLast()) {
            Event second = events.next();
            if (second instanceof Event.Response unexpected) {
                unexpected.response().close();
            }
            if (!(second instanceof Event.End)) {
                document = new Document(200, ErrorFormat.tritonDocument(NOT_ONE));
            }
        } else if (first instanceof Event.End) {
            document = new Document(200, ErrorFormat.tritonDocument(NOT_ONE));
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

    /**
     * The members in the order of their names, as Triton's map has them; of those of one name the first counts. A tensor of one
     * element is that element.
     */
    private byte[] members(Exchange exchange, InferResponse response) {
        Map<String, Consumer<JsonWriter>> members = new TreeMap<>();
        if (!response.id().isEmpty()) {
            members.put("id", json -> json.value(response.id()));
        }
        members.put("model_name", json -> json.value(response.modelName()));
        members.put("model_version", json -> json.value(response.modelVersion()));
        response.parameters()
                .forEach((key, value) -> members.putIfAbsent(key, json -> JsonTensorWriter.parameter(json, value)));
        for (OutputTensor output : response.outputs()) {
            members.putIfAbsent(output.name(), json -> tensor(json, output.tensor()));
        }
        JsonWriter json = new JsonWriter(exchange.memory()).beginObject();
        members.forEach((name, write) -> write.accept(json.name(name)));
        return json.endObject().toBytes();
    }

    private void tensor(JsonWriter json, Tensor tensor) {
        if (tensor.shape().elements() == 1) {
            JsonTensorWriter.elements(json, tensor, dialect);
            return;
        }
        json.beginArray();
        JsonTensorWriter.elements(json, tensor, dialect);
        json.endArray();
    }
}
