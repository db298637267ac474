package dev.nereid.server.http.connection;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Detects that a client hangs up while its request is processed: reads from the connection, which is the only way to learn
 * it. What comes in the meantime, of a client that sends its next request early, is kept for the connection's thread. A
 * client that closes its sending side alone counts as gone, as with Triton.
 */
final class DisconnectDetector {
    private final Supplier<byte @Nullable []> source;
    private @Nullable CompletableFuture<Optional<byte[]>> pending;

    /** @param source blocks until there are bytes; null at the end; throws where the connection is broken */
    DisconnectDetector(Supplier<byte @Nullable []> source) {
        this.source = source;
    }

    /**
     * Begins to listen, unless it does already. Called by the connection's thread.
     *
     * @param hangUp called once, by any thread, if the connection ends before it has more bytes
     */
    void watch(Runnable hangUp) {
        CompletableFuture<Optional<byte[]>> read = pending;
        if (read == null) {
            CompletableFuture<Optional<byte[]>> begun = new CompletableFuture<>();
            Thread.ofVirtual().name("http-read-ahead").start(() -> {
                try {
                    begun.complete(Optional.ofNullable(source.get()));
                } catch (RuntimeException | Error e) {
                    begun.completeExceptionally(e);
                }
            });
            read = begun;
            pending = begun;
        }
        CompletableFuture<Optional<byte[]>> _ = read.whenComplete((bytes, error) -> {
            if (error != null || bytes.isEmpty()) {
                hangUp.run();
            }
        });
    }

    /** The next bytes; null at the end. Called by the connection's thread. */
    byte @Nullable [] read() {
        CompletableFuture<Optional<byte[]>> begun = pending;
        if (begun == null) {
            return source.get();
        }
        pending = null;
        try {
            return begun.join().orElse(null);
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException broken) {
                throw broken;
            }
            throw e;
        }
    }
}
