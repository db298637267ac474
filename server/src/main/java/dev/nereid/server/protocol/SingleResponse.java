package dev.nereid.server.protocol;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waits for the single response of a request; the thread that completes it never blocks here. Made by the thread that hands
 * the request over, which may be the one that runs it too.
 */
public final class SingleResponse implements ResponseSink {
    private final InferRequest request;
    private final long caller = Thread.currentThread().threadId();
    private final CompletableFuture<InferResponse> future = new CompletableFuture<>();
    private volatile boolean refused;

    public SingleResponse(InferRequest request) {
        this.request = request;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        if (!future.complete(response)) {
            response.close();
        }
    }

    @Override
    public void fail(InferException error) {
        if (future.completeExceptionally(error)) {
            refused = Thread.currentThread().threadId() == caller && !request.hasBegun();
        }
    }

    @Override
    public void end() {
        fail(InferException.internal("expected a single response, got 0"));
    }

    /** Waits for the end of the request, but not longer than this; answers whether it has ended. */
    public boolean endsWithin(Duration patience) {
        try {
            future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether the request failed where it was handed over, before anything of it was run. */
    public boolean isRefused() {
        return refused;
    }

    /**
     * The response, which the caller closes.
     *
     * @throws InferException if the request failed
     */
    public InferResponse await() {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof InferException error) {
                throw error;
            }
            throw e;
        }
    }
}
