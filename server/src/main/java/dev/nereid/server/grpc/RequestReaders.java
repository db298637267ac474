package dev.nereid.server.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.Tracer;
import java.util.List;
import java.util.Optional;

/** What it takes to read requests, the same for all calls of a front. */
record RequestReaders(SlabPool memory, SharedRanges ranges, HeaderForwarding forwarding, Tracer tracer) {
    /** The metadata of the call that this thread serves, where any may become parameters. */
    List<HeaderForwarding.Header> headers() {
        return forwarding.isNone() ? List.of() : CallMetadata.headers();
    }

    /** The client's span that the call which this thread serves is part of, where that matters. */
    Optional<String> traceParent() {
        return tracer.readsParents() ? CallMetadata.traceParent() : Optional.empty();
    }

    /**
     * Reads a request, which the caller closes.
     *
     * @param headers of its call
     * @param call what its call holds of the heap
     * @throws dev.nereid.server.protocol.InferException if the message does not suit the model
     */
    InferRequest read(
            Model model,
            ModelInferRequest message,
            RequestParameters parameters,
            List<HeaderForwarding.Header> headers,
            CallMemory call,
            long receivedNanos) {
        InferRequest.Header header = forwarding.addTo(parameters.header(message), headers);
        return new RequestReader(model, message, memory, ranges, call).read(header, receivedNanos);
    }
}
