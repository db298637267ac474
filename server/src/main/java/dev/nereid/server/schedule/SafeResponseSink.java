package dev.nereid.server.schedule;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decorator of a sink: contains its exceptions, so that one client's failure neither fails the other requests of its batch
 * nor stops the thread that answers them.
 */
public final class SafeResponseSink implements ResponseSink {
    private static final Logger LOG = LoggerFactory.getLogger(SafeResponseSink.class);

    private final ResponseSink sink;

    public SafeResponseSink(ResponseSink sink) {
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
