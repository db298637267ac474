package dev.nereid.server.commands;

import dev.nereid.server.Server;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Shutdown hook: stops the server on SIGTERM and SIGINT, and sets the exit code of the process: 0, or 1 where the exit
 * timeout expired or a second signal came. In place from before the start, so that a request to end during it is heard too.
 */
final class ShutdownHook {
    /** Time that a stop may take beyond the timeout; then the process exits. */
    private static final Duration CLOSING = Duration.ofMillis(1500);

    private final CompletableFuture<Server> started = new CompletableFuture<>();
    private final Duration timeout;
    private volatile boolean abandoned;
    private volatile Runnable afterwards = () -> {};

    private ShutdownHook(Duration timeout) {
        this.timeout = timeout;
    }

    /**
     * Installs the hook.
     *
     * @param timeout how long a start that is under way and the stop may take together
     */
    static ShutdownHook install(Duration timeout) {
        ShutdownHook hook = new ShutdownHook(timeout);
        Runtime.getRuntime().addShutdownHook(new Thread(hook::run, "stop"));
        return hook;
    }

    /** Notes that the server runs, so that it is stopped. */
    void started(Server server) {
        started.complete(server);
    }

    /** Says what follows when the server is stopped. */
    void afterwards(Runnable action) {
        afterwards = action;
    }

    /** Removes the hook: the process exits by itself, with an exit code of its own. */
    void abandon() {
        abandoned = true;
        started.cancel(false);
    }

    private void run() {
        if (abandoned) {
            return;
        }
        SecondSignal.listen(() -> Runtime.getRuntime().halt(1));
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean finished = false;
        try {
            Server server = started.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            Duration drain = server.config().drainDelay();
            long latest = deadline + drain.toNanos();
            CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(
                    () -> drain.isZero() ? server.stop(latest) : server.drainAndStop(latest),
                    Thread.ofPlatform().daemon().name("stop-server")::start);
            long left = Math.max(latest - System.nanoTime(), 0) + CLOSING.toNanos();
            finished = stop.get(left, TimeUnit.NANOSECONDS);
            afterwards.run();
        } catch (TimeoutException | ExecutionException e) {
            finished = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(finished ? 0 : 1);
    }
}
