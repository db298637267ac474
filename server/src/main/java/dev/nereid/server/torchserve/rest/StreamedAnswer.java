package dev.nereid.server.torchserve.rest;

import dev.nereid.server.http.Traces;
import dev.nereid.server.torchserve.Prediction;
import dev.nereid.server.torchserve.PredictionRun;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to a request whose model may answer several times: one answer is a body as any other, of several each is a chunk
 * that is sent when it is made. A client that hangs up cancels its request. Used by the connection's thread.
 */
final class StreamedAnswer {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedAnswer.class);
    private static final HeaderName MORE = HeaderNames.create("ts_stream_next");

    private final RestCall call;
    private final Prediction prediction;
    private final Tracer tracer;
    private Optional<OutputStream> chunks = Optional.empty();
    private boolean begun;
    /** What a client is sent at once that knows no chunks. */
    private final ByteArrayOutputStream whole = new ByteArrayOutputStream();

    StreamedAnswer(RestCall call, Prediction prediction, Tracer tracer) {
        this.call = call;
        this.prediction = prediction;
        this.tracer = tracer;
    }

    /**
     * Runs the request and answers it.
     *
     * @param mostTime between two answers
     * @throws TorchServeException if it fails before its first answer
     */
    void run(Duration mostTime) {
        PredictionRun run = new PredictionRun(prediction, () -> true); // a write waits for the client
        try (FrontTrace trace = Traces.begin(tracer, prediction.request(), call.exchange())) {
            call.exchange().onHangUp(run::cancel);
            run.run(mostTime, call.requestId(), trace::watch, (body, last) -> {
                if (!begun) {
                    begun = true;
                    trace.sendStart();
                }
                send(body, last);
                return true;
            });
            end();
            trace.sendEnd();
        } catch (TorchServeException e) {
            if (chunks.isEmpty()) {
                throw e;
            }
            // Nothing but the missing last chunk can tell the client that this is not the whole answer.
            LOG.info(
                    "an answer in pieces of model '{}' ends early: {}",
                    prediction.request().header().modelName(),
                    e.text());
            throw new UncheckedIOException(new IOException("the answer ends early: " + e.text(), e));
        }
    }

    private void send(byte[] body, boolean last) {
        if (chunks.isEmpty() && whole.size() == 0 && last) {
            call.respondUntyped(body);
            return;
        }
        if (!call.exchange().takesChunks()) {
            whole.writeBytes(body);
            return;
        }
        if (chunks.isEmpty()) {
            call.exchange().setHeader(MORE, "true");
            chunks = Optional.of(call.respondInPieces());
        }
        try {
            chunks.get().write(body);
            chunks.get().flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before it had the whole answer", e);
        }
    }

    private void end() {
        if (chunks.isPresent()) {
            try {
                chunks.get().close();
            } catch (IOException e) {
                throw new UncheckedIOException("the client went away before it had the whole answer", e);
            }
        } else if (call.status() == 0) {
            call.respondUntyped(whole.toByteArray());
        }
    }
}
