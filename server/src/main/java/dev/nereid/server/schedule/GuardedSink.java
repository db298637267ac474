package dev.nereid.server.schedule;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a sink throws away from the scheduler and from the backend: one client's trouble must not fail the other
 * requests of its batch, nor stop the thread that answers them.
 */
public final class GuardedSink implements ResponseSink {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedSink.class);

    private final ResponseSink sink;

    public GuardedSink(ResponseSink sink) {
        this.sink = sink;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        try {
            sink.respond(response, last);
        } catch (RuntimeException | Error e) {
            response.close();
            LOG.error("a response of model '{}' could not be handed over", response.modelName(), e);
        }
    }

    @Override
    public void failOne(InferException error) {
        try {
            sink.failOne(error);
        } catch (RuntimeException | Error e) {
            LOG.error("the error '{}' could not be handed over", error.text(), e);
        }
    }

    @Override
    public void fail(InferException error) {
        try {
            sink.fail(error);
        } catch (RuntimeException | Error e) {
            LOG.error("the error '{}' could not be handed over", error.text(), e);
        }
    }

    @Override
    public void end() {
        try {
            sink.end();
        } catch (RuntimeException | Error e) {
            LOG.error("the end of a request could not be handed over", e);
        }
    }
}
