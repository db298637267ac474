package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of requests whose call is cancelled, in the log's words for it, which are Triton's. */
final class CallCancellation {
    private static final Logger LOG = LoggerFactory.getLogger(CallCancellation.class);

    private CallCancellation() {}

    /** Cancels all requests of a call that its client has given up, or lost. */
    static void cancel(String handler, Iterable<InferRequest> requests) {
        LOG.debug("Cancellation notification received for {}", handler);
        for (InferRequest request : requests) {
            request.cancel();
            LOG.debug("{}Cancellation issued for {}", request.header().prefix(), handler);
        }
    }
}
