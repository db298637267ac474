package dev.nereid.server.http;

import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ThreadedBackend;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A decoupled backend whose response no front can write, and that goes on until its request is cancelled. */
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
        Tensor withoutString = Tensor.ofStrings(Shape.of(1), new byte[1][]);
        execution.respond(
                new InferResponse(
                        "unwritable",
                        "1",
                        execution.request().header().id(),
                        Map.of(),
                        List.of(new OutputTensor("OUT", withoutString)),
                        () -> {}),
                false);
        while (!execution.request().cancelled()) {
            Thread.onSpinWait();
        }
        memoryWhenCancelled.complete(requestMemory.getAsLong());
        execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
    }
}
