package dev.nereid.server.http;

import dev.nereid.server.protocol.Classification;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.json.EncodedResponse;
import dev.nereid.server.protocol.json.InferResponseEncoder;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.FrontTrace;
import java.util.Arrays;
import java.util.List;

/** Inference with decoupled models: an event a response, each with the JSON of an ordinary answer. */
final class InferEvents {
    private InferEvents() {}

    /**
     * Refuses clients that take no events, and requests for outputs that an event cannot carry.
     *
     * @param raw whether the request, which has no place to say how it is to be answered, is one without JSON
     */
    static void check(Exchange exchange, DecodedRequest decoded, boolean raw) {
        ResponseEvents.checkTakesEvents(exchange, "inference with a decoupled model");
        if (raw) {
            return;
        }
        if (decoded.binaryByDefault() || decoded.outputs().stream().anyMatch(RequestedOutput::binary)) {
            throw InferException.invalid(decoded.header().prefix()
                    + "the responses of decoupled models are events, whose outputs are JSON: expected no "
                    + "'binary_data_output' and no 'binary_data', got a request for binary data");
        }
    }

    /** Answers a request, which the caller closes, to its end. */
    static void answer(Exchange exchange, Model model, DecodedRequest decoded, InferRequest request, FrontTrace trace) {
        model.validator().check(request);
        ResponseEvents.run(
                exchange,
                model,
                request,
                trace,
                (to, events, watched) -> ResponseEvents.answerEach(
                        to, events, watched, response -> json(exchange, model, decoded, response)));
    }

    private static byte[] json(Exchange exchange, Model model, DecodedRequest decoded, InferResponse response) {
        boolean batched = model.config().getMaxBatchSize() > 0;
        List<OutputTensor> outputs = Classification.apply(response, decoded.outputs(), batched, model::labels);
        EncodedResponse encoded = InferResponseEncoder.encode(
                response, outputs, decoded.outputs(), false, Dialect.IMPROVED, exchange.memory());
        return Arrays.copyOf(encoded.array(), encoded.jsonBytes());
    }
}
