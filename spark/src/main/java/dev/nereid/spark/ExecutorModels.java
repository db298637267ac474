package dev.nereid.spark;

import dev.nereid.engine.Engine;
import dev.nereid.engine.EngineOptions;
import dev.nereid.engine.RowModel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The models of this JVM, which is an executor or the driver: each is loaded once, by the first task that needs it, and closed some
 * time after the last. Any thread.
 */
final class ExecutorModels {
    /** The tasks of a stage's next wave come within this time. */
    private static final long LINGER_SECONDS = 60;

    private static final Map<Key, Entry> MODELS = new HashMap<>();
    private static final ScheduledExecutorService CLOSER = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("nereid-model-closer").factory());

    private ExecutorModels() {}

    /** Models of one source that differ in the threads of a run are others. */
    private record Key(ModelSource source, int threads) {}

    private record Loaded(Engine engine, RowModel model) {
        void close() {
            model.close();
            engine.close();
        }
    }

    /** A model and who uses it. Guarded by {@link #MODELS}. */
    private static final class Entry {
        private final CompletableFuture<Loaded> loaded = new CompletableFuture<>();
        private int users;
        /** Counts how often the model was let go, so that an earlier closing finds that somebody came. */
        private long released;
    }

    /** The use of a model by one task. */
    static final class Lease implements AutoCloseable {
        private final Key key;
        private final Entry entry;
        private final RowModel model;
        private boolean closed;

        private Lease(Key key, Entry entry, RowModel model) {
            this.key = key;
            this.entry = entry;
            this.model = model;
        }

        RowModel model() {
            return model;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                release(key, entry);
            }
        }
    }

    /**
     * The model, loaded by whoever comes first while others wait.
     *
     * @param threads of one run: 1 for the task's own
     */
    static Lease acquire(ModelSource source, int threads) {
        Key key = new Key(source, threads);
        Entry entry;
        boolean first;
        synchronized (MODELS) {
            first = !MODELS.containsKey(key);
            entry = MODELS.computeIfAbsent(key, _ -> new Entry());
            entry.users++;
        }
        if (first) {
            load(key, entry);
        }
        try {
            return new Lease(key, entry, entry.loaded.join().model());
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void load(Key key, Entry entry) {
        Engine engine = null;
        try {
            engine = Engine.start(new EngineOptions(key.threads()));
            entry.loaded.complete(new Loaded(engine, key.source().load(engine)));
        } catch (RuntimeException | Error e) {
            // The next task tries again.
            synchronized (MODELS) {
                MODELS.remove(key);
            }
            if (engine != null) {
                engine.close();
            }
            entry.loaded.completeExceptionally(e);
        }
    }

    private static void release(Key key, Entry entry) {
        synchronized (MODELS) {
            entry.users--;
            long released = ++entry.released;
            if (entry.users == 0) {
                var _ = CLOSER.schedule(() -> closeIdle(key, entry, released), LINGER_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private static void closeIdle(Key key, Entry entry, long released) {
        synchronized (MODELS) {
            if (entry.users > 0 || entry.released != released || !MODELS.remove(key, entry)) {
                return;
            }
        }
        entry.loaded.join().close();
    }

    /** Models that are loaded in this JVM now. */
    static int count() {
        synchronized (MODELS) {
            return MODELS.size();
        }
    }
}
