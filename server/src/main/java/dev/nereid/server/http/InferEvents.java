package dev.nereid.server.http;

import dev.nereid.server.protocol.Classification;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InferResponseEncoder;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.FrontTrace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Inference with decoupled models: an event a response, each with the JSON of an ordinary answer. */
final class InferEvents {
    private InferEvents() {}

    /** Refuses requests for outputs that an event cannot carry. */
    static void check(Exchange exchange, DecodedRequest decoded) {
        ResponseEvents.checkTakesEvents(exchange, "inference with a decoupled model");
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
                (to, events, watched) ->
                        ResponseEvents.answerEach(to, events, watched, response -> json(model, decoded, response)));
    }

    private static byte[] json(Model model, DecodedRequest decoded, InferResponse response) {
        boolean batched = model.config().getMaxBatchSize() > 0;
        List<OutputTensor> outputs = Classification.apply(response, decoded.outputs(), batched, model::labels);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            InferResponseEncoder.encode(response, outputs, decoded.outputs(), false, Dialect.IMPROVED)
                    .writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }
}
