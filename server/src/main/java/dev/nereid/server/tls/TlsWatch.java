package dev.nereid.server.tls;

import dev.nereid.server.watch.FileWatch;
import dev.nereid.server.watch.WatchedFiles;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** The TLS of a server's fronts, read again when its files change. Fronts with the same files share it. Any thread. */
public final class TlsWatch {
    private final FileWatch files;
    private final Map<TlsConfig, WatchedFiles<LoadedTls>> opened = new ConcurrentHashMap<>();

    /**
     * TLS of no front yet.
     *
     * @param files reads files again
     */
    public TlsWatch(FileWatch files) {
        this.files = files;
    }

    /**
     * What makes connections; each is to ask anew.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    public Supplier<LoadedTls> open(TlsConfig config) {
        return opened.computeIfAbsent(config, wanted -> files.open("TLS", wanted.files(), wanted::load));
    }

    /** Whether no front has TLS. */
    public boolean isEmpty() {
        return opened.isEmpty();
    }

    /** When certificates end, by their files. */
    public SortedMap<Path, Instant> ends() {
        SortedMap<Path, Instant> ends = new TreeMap<>();
        opened.forEach((config, loaded) ->
                ends.put(config.certificate().files().getFirst(), loaded.get().notAfter()));
        return ends;
    }

    /** How often files were read again. */
    public long reloads() {
        return sum(WatchedFiles::succeeded);
    }

    /** How often changed files could not be used. */
    public long failures() {
        return sum(WatchedFiles::failed);
    }

    private long sum(ToLongFunction<WatchedFiles<LoadedTls>> count) {
        return opened.values().stream().mapToLong(count).sum();
    }
}
