package dev.nereid.server.watch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads files again when they change, with one thread, which runs while there are any. Any thread. */
public final class FileWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    /** The system's own notices do not come from every kind of volume; reading a few small files costs microseconds. */
    private static final Duration PERIOD = Duration.ofMillis(500);

    private final List<WatchedFiles<?>> watched = new CopyOnWriteArrayList<>();
    private Optional<Thread> thread = Optional.empty();
    private boolean closed;

    /**
     * Reads files now, and again whenever they have changed.
     *
     * @param what they are, for the log
     * @param reader makes something of them, or throws {@link IllegalArgumentException} with a sentence
     * @throws IllegalArgumentException that {@code reader} throws now
     */
    public <T> WatchedFiles<T> open(String what, List<Path> files, Function<FileContents, T> reader) {
        WatchedFiles<T> opened = new WatchedFiles<>(what, files, reader);
        watched.add(opened);
        start();
        return opened;
    }

    private synchronized void start() {
        if (thread.isEmpty() && !closed) {
            thread = Optional.of(Thread.ofPlatform().daemon().name("file-watch").start(this::watch));
        }
    }

    private void watch() {
        while (true) {
            try {
                Thread.sleep(PERIOD);
            } catch (InterruptedException e) {
                return;
            }
            for (WatchedFiles<?> files : watched) {
                try {
                    files.poll();
                } catch (RuntimeException e) {
                    LOG.error("files could not be read again", e);
                }
            }
        }
    }

    /** Ends the thread; what was read stays. */
    @Override
    public synchronized void close() {
        closed = true;
        thread.ifPresent(Thread::interrupt);
    }
}
