package dev.nereid.server.grpc;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that parse large messages, so that the event loops go on with other connections, those of health checks among them,
 * meanwhile. Platform threads, as the system shares processors among these and the event loops, and as many as there are
 * processors; there only while they have something to do.
 */
final class LargeMessages {
    /** Smaller messages are parsed by the event loop, which takes less time than another thread takes to begin. */
    static final int LEAST_BYTES = 1 << 20;

    private static final int KEPT_SECONDS = 5;

    private LargeMessages() {}

    /** The threads of one front, which shuts them down. */
    static ExecutorService threads() {
        int processors = Runtime.getRuntime().availableProcessors();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                processors,
                processors,
                KEPT_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("grpc-parse-", 0).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }
}
