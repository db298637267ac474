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
 * time after the last. Models whose runs have the same threads share an engine. Any thread.
 */
final class ExecutorModels {
    /** The tasks of a stage's next wave come within this time. */
    private static final long LINGER_SECONDS = 60;

    private static final Map<Key, Entry> MODELS = new HashMap<>();

    /** By the threads of a run. */
    private static final Map<Integer, SharedEngine> ENGINES = new HashMap<>();

    private static final ScheduledExecutorService CLOSER = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("nereid-model-closer").factory());

    private ExecutorModels() {}

    /** Models of one source that differ in the threads of a run are others. */
    private record Key(ModelSource source, int threads) {}

    private record Loaded(SharedEngine engine, RowModel model) {
        void close() {
            model.close();
            engine.release();
        }
    }

    /** An engine that closes with the last of its models. */
    private static final class SharedEngine {
        private final int threads;
        private final Engine engine;
        private int models;

        private SharedEngine(int threads) {
            this.threads = threads;
            this.engine = Engine.start(new EngineOptions(threads));
        }

        static SharedEngine acquire(int threads) {
            synchronized (ENGINES) {
                SharedEngine engine = ENGINES.computeIfAbsent(threads, SharedEngine::new);
                engine.models++;
                return engine;
            }
        }

        void release() {
            synchronized (ENGINES) {
                models--;
                if (models == 0) {
                    ENGINES.remove(threads);
                    engine.close();
                }
            }
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
        private final Entry entry;
        private final RowModel model;
        private boolean closed;

        private Lease(Entry entry, RowModel model) {
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
                release(entry);
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
            return new Lease(entry, entry.loaded.join().model());
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void load(Key key, Entry entry) {
        SharedEngine engine = null;
        try {
            engine = SharedEngine.acquire(key.threads());
            RowModel model = key.source().load(engine.engine);
            synchronized (MODELS) {
                // Whoever asks for this version by its number gets the same model.
                MODELS.putIfAbsent(new Key(key.source().pinned(model), key.threads()), entry);
            }
            entry.loaded.complete(new Loaded(engine, model));
        } catch (RuntimeException | Error e) {
            // The next task tries again.
            synchronized (MODELS) {
                MODELS.remove(key);
            }
            if (engine != null) {
                engine.release();
            }
            entry.loaded.completeExceptionally(e);
        }
    }

    private static void release(Entry entry) {
        synchronized (MODELS) {
            entry.users--;
            long released = ++entry.released;
            if (entry.users == 0) {
                var _ = CLOSER.schedule(() -> closeIdle(entry, released), LINGER_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private static void closeIdle(Entry entry, long released) {
        synchronized (MODELS) {
            if (entry.users > 0 || entry.released != released) {
                return;
            }
            MODELS.values().removeIf(each -> each == entry);
        }
        entry.loaded.join().close();
    }

    /** Models that are loaded in this JVM now. */
    static int count() {
        synchronized (MODELS) {
            return (int) MODELS.values().stream().distinct().count();
        }
    }

    /** Engines in this JVM now. */
    static int engines() {
        synchronized (ENGINES) {
            return ENGINES.size();
        }
    }
}
