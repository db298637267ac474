package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;

/** The ways of a request, or of a copy of it, to another version or model than the one that it was given to. */
public interface RequestRedirect {
    /** There is no other version. */
    RequestRedirect NONE = new RequestRedirect() {
        @Override
        public boolean fallback(InferRequest request, ResponseSink sink) {
            return false;
        }

        @Override
        public boolean version(long version, InferRequest request, ResponseSink sink) {
            return false;
        }
    };

    /**
     * Gives a request to the fallback, if that suits and is there. The answers go to the sink.
     *
     * @return whether it took the request
     */
    boolean fallback(InferRequest request, ResponseSink sink);

    /**
     * Gives a request to a version of the same model, if that is ready. The answers go to the sink.
     *
     * @return whether it took the request
     */
    boolean version(long version, InferRequest request, ResponseSink sink);
}
