package dev.nereid.server.repository;

import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A probe: one request that runs on an instance of its own, outside schedulers and statistics, whose response is discarded.
 */
final class ProbeRequest implements Execution {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeRequest.class);

    private final InferRequest request;
    private boolean answered;
    private boolean failed;

    private ProbeRequest(InferRequest request) {
        this.request = request;
    }

    /** Whether a model answers a request, without an error and once. Blocks for as long as the model runs. */
    static boolean succeeds(BackendModel model, InferRequest request) {
        ProbeRequest probe = new ProbeRequest(request);
        try (ModelInstance instance = model.newInstance("trial")) {
            instance.execute(new Batch(List.of(probe)));
        } catch (RuntimeException e) {
            LOG.debug("a request was tried in vain", e);
            return false;
        }
        return probe.answered && !probe.failed;
    }

    @Override
    public InferRequest request() {
        return request;
    }

    @Override
    public void stage(Stage stage) {
        // Nobody counts.
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        response.close();
        answered = true;
    }

    @Override
    public void failOne(InferException error) {
        failed = true;
    }

    @Override
    public void fail(InferException error) {
        LOG.debug("a request was tried in vain: {}", error.text());
        failed = true;
    }

    @Override
    public void end() {
        // Without an answer it has failed.
    }
}
