package dev.nereid.server.http;

import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ThreadedBackend;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A decoupled backend whose n-th response to a number n no front can write, and that goes on until its request is
 * cancelled.
 */
final class UnwritableBackend {
    private final LongSupplier requestMemory;
    private final CompletableFuture<Long> memoryWhenCancelled = new CompletableFuture<>();

    /** @param requestMemory bytes that requests hold at a moment */
    UnwritableBackend(LongSupplier requestMemory) {
        this.requestMemory = requestMemory;
    }

    Backend backend() {
        return new ThreadedBackend("unwritable", this::answer);
    }

    /** What requests held when the model heard that the first of its own was cancelled. */
    long memoryWhenCancelled() {
        return memoryWhenCancelled.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private void answer(Execution execution) {
        int unwritable = execution.input("IN").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
        for (int i = 1; i < unwritable; i++) {
            respond(execution, new byte[][] {{}});
        }
        respond(execution, new byte[1][]);
        while (!execution.request().cancelled()) {
            Thread.onSpinWait();
        }
        memoryWhenCancelled.complete(requestMemory.getAsLong());
        execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
    }

    private static void respond(Execution execution, byte[][] strings) {
        execution.respond(
                new InferResponse(
                        "unwritable",
                        "1",
                        execution.request().header().id(),
                        Map.of(),
                        List.of(new OutputTensor("OUT", Tensor.ofStrings(Shape.of(1), strings))),
                        () -> {}),
                false);
    }
}
