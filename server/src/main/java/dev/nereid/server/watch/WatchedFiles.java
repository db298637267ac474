package dev.nereid.server.watch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What files mean, as they were when they last meant something: contents that cannot be used, such as one half of a new pair,
 * leave the older ones in force. Any thread.
 */
public final class WatchedFiles<T> implements Supplier<T> {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);

    private final String what;
    private final List<Path> files;
    private final Function<FileContents, T> reader;
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile T current;
    private FileContents used;
    private Optional<FileContents> refused = Optional.empty();

    /**
     * Reads files.
     *
     * @param what they are, for the log
     * @throws IllegalArgumentException that {@code reader} throws
     */
    WatchedFiles(String what, List<Path> files, Function<FileContents, T> reader) {
        this.what = what;
        this.files = List.copyOf(files);
        this.reader = reader;
        this.used = FileContents.read(files);
        this.current = reader.apply(used);
    }

    @Override
    public T get() {
        return current;
    }

    /** How often other contents have been put in force. */
    public long succeeded() {
        return succeeded.get();
    }

    /** How many contents could not be used. */
    public long failed() {
        return failed.get();
    }

    /** Looks whether the files have changed; what could not be used is tried again, for time may have made it valid. */
    synchronized void poll() {
        FileContents found = FileContents.read(files);
        if (found.equals(used)) {
            refused = Optional.empty();
            return;
        }
        try {
            current = reader.apply(found);
            used = found;
            refused = Optional.empty();
            succeeded.incrementAndGet();
            LOG.info("{} read again: {} changed", what, files);
        } catch (IllegalArgumentException e) {
            if (!Optional.of(found).equals(refused)) {
                refused = Optional.of(found);
                failed.incrementAndGet();
                LOG.warn("{}: what was read before stays in force: {}", what, e.getMessage());
            }
        }
    }
}
