package dev.nereid.server.tensorflow.rest;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.http.AwaitedInference;
import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.http.InferRequestReader;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Answers requests to predict. */
final class PredictHandler {
    private final Servables servables;
    private final RequestBodies bodies;
    private final SlabPool memory;
    private final AwaitedInference inference;

    PredictHandler(Servables servables, RequestBodies bodies, SlabPool memory, AwaitedInference inference) {
        this.servables = servables;
        this.bodies = bodies;
        this.memory = memory;
        this.inference = inference;
    }

    /**
     * Answers one request.
     *
     * @throws InferException if the body is no JSON; else if there is no such model or signature; else if the inputs do not fit
     */
    void handle(Exchange exchange, ServableSpec spec) {
        long received = System.nanoTime();
        JsonValue root = read(bodies, exchange);
        String signatureName = signatureName(root);
        Model model = servables.find(spec);
        checkOneResponse(model);
        ModelSignature served = Servables.signature(
                model,
                signatureName,
                name -> InferException.invalid("Serving signature name: \"" + name + "\" not found in signature def"));
        boolean rows = PredictRequestJson.isRows(root);
        List<SlabPool.Slab> owned = new ArrayList<>();
        ModelSignature signature;
        InferRequest request;
        try {
            List<DecodedInput> given = new PredictRequestJson(served, memory, owned).read(root);
            ModelSignature called = served.calledWith(
                    given.stream().collect(Collectors.toMap(DecodedInput::name, input -> input.dims().length)));
            List<DecodedInput> inputs = given.stream()
                    .map(input -> input.withDims(called.requestDims(input.name(), input.dims())))
                    .toList();
            signature = called;
            DecodedRequest decoded = new DecodedRequest(
                    InferRequest.Header.of(model.name(), spec.insistedVersion(model), "")
                            .withSignature(served.name()),
                    inputs,
                    List.of(),
                    false,
                    owned);
            request = InferRequestReader.of(decoded, model, memory, exchange.memory(), received);
        } catch (RuntimeException | Error e) {
            Closing.all(owned);
            throw e;
        }
        Model routed = servables.repository().route(model, request, exchange.origin());
        inference.run(exchange, routed, request, response -> {
            List<OutputTensor> outputs = signature.answer(response.outputs());
            PrettyJson json = rows
                    ? PredictResponseJson.rows(outputs, exchange.memory())
                    : PredictResponseJson.columns(outputs, exchange.memory());
            exchange.respond(200, ContentType.JSON, json.buffer(), json.length());
        });
    }

    /**
     * The body as an object.
     *
     * @throws InferException if it is no JSON, or no object
     */
    static JsonValue read(RequestBodies bodies, Exchange exchange) {
        byte[] body = bodies.wholeInflated(exchange);
        if (body.length == 0) {
            throw InferException.invalid("JSON Parse error: The document is empty");
        }
        JsonValue root = JsonValue.parseFirst(body, exchange.memory());
        if (!root.isObject()) {
            throw InferException.invalid("JSON Value: " + TensorJson.excerpt(root) + " Is not object");
        }
        return root;
    }

    /** The signature that a request names; empty for the default one. */
    static String signatureName(JsonValue root) {
        return root.find("signature_name")
                .map(name -> {
                    if (!name.isString()) {
                        throw InferException.invalid("JSON Value: " + TensorJson.excerpt(root)
                                + " not formatted correctly. 'signature_name' key must be a string value.");
                    }
                    return name.asString();
                })
                .orElse("");
    }

    /** Refuses models that answer with any number of responses, for which there is no form here. */
    static void checkOneResponse(Model model) {
        if (model.decoupled()) {
            throw InferException.unsupported("model '" + model.name()
                    + "' has a decoupled transaction policy: expected a model with one response to a request");
        }
    }
}
