package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.statement.Statement;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations on a model that do not wait for their turn, as those of clients do. */
class ModelEntryTest {
    private static final String OVERTAKEN = "load failed for model 'm': version 1 is at UNAVAILABLE state: Newer "
            + "operation has been applied to the model lifecycle, current load operation is out-dated.;\n";

    private static final Executor THREADS = task -> Thread.ofPlatform().start(task);

    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final ModelEntry entry = new ModelEntry(ModelId.of("m"), ConcurrentHashMap.newKeySet());

    @BeforeEach
    void write() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
    }

    @AfterEach
    void close() {
        assertThat(entry.close()).isCompleted();
    }

    private void load() {
        ModelSource source = ModelSource.read(
                ModelId.of("m"), root.resolve("m"), LoadParameters.NONE, new ModelConfigReader("", false));
        ModelCatalog catalog = new ModelCatalog(new ModelNames(false));
        VersionLoader loader = new VersionLoader(
                RepositoryConfig.of(root),
                new Backends(List.of(backend)),
                new EnsembleLoader(catalog, SharedResources.NONE, Clock.system()),
                SharedResources.NONE,
                Clock.system());
        entry.load(source, true, loader, THREADS);
    }

    /** Starts a load whose backend waits, and returns when it is at it. */
    private CompletableFuture<Void> beginLoad(CountDownLatch mayLoad) {
        int before = backend.loads.get();
        backend.mayLoad = mayLoad;
        CompletableFuture<Void> load = CompletableFuture.runAsync(this::load, THREADS);
        while (backend.loads.get() == before) {
            Thread.onSpinWait();
        }
        return load;
    }

    private static void assertOvertaken(CompletableFuture<Void> load) {
        assertThatThrownBy(load::join)
                .cause()
                .isInstanceOf(InferException.class)
                .hasMessage(OVERTAKEN);
    }

    @Test
    @Statement(131)
    void letsANewerLoadOvertakeAnOlderOne() {
        CountDownLatch mayLoad = new CountDownLatch(1);
        CompletableFuture<Void> older = beginLoad(mayLoad);
        backend.mayLoad = new CountDownLatch(0);
        load();
        Model newer = entry.ready().getFirst();
        mayLoad.countDown();
        assertOvertaken(older);
        assertThat(entry.ready()).containsExactly(newer);
        assertThat(backend.closed).as("instances of the older load").hasSize(1);
    }

    @Test
    @Statement(131)
    void letsAnUnloadOvertakeALoad() {
        CountDownLatch mayLoad = new CountDownLatch(1);
        CompletableFuture<Void> load = beginLoad(mayLoad);
        entry.unload();
        mayLoad.countDown();
        assertOvertaken(load);
        assertThat(entry.ready()).isEmpty();
        assertThat(backend.closed).hasSameElementsAs(backend.made);
    }
}
