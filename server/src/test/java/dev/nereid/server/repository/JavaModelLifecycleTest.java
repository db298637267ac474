package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.javamodel.JavaBackend;
import dev.nereid.server.javamodel.ModelJar;
import dev.nereid.server.model.Tensors;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModel;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loading and unloading of a model in Java and of the one that it calls, while calls are under way. */
class JavaModelLifecycleTest {
    private static final String LOADER = "nereid.test.model-loader";

    /** Asks the model {@code fake} and answers with what that one says; shows its class loader to the test. */
    private static final String ASKS = """
            import dev.nereid.server.model.*;
            import java.util.List;
            public class Asks implements JavaModel {
                private final ThreadLocal<Object> mine = new ThreadLocal<>();
                @Override public void execute(List<ModelRequest> requests) {
                    System.getProperties().put("nereid.test.model-loader",
                            new java.lang.ref.WeakReference<>(getClass().getClassLoader()));
                    mine.set(this);
                    for (ModelRequest request : requests) {
                        Call call = new Call("fake").input("INPUT0", request.input("INPUT0"));
                        try (Answer answer = request.client().infer(call)) {
                            request.respond(new ModelResponse().output("OUTPUT0", answer.output("OUTPUT0")));
                        }
                    }
                }
            }
            """;

    @TempDir
    private Path root;

    private final SlabPool memory = new SlabPool(0);
    private final FakeBackend fake = new FakeBackend();
    private ModelRepository repository;

    @BeforeEach
    void start() {
        TestRepository.write(root, "fake", FakeBackend.CONFIG, 1);
        TestRepository.write(
                root,
                "asks",
                FakeBackend.CONFIG.replace("\"fake\"", "\"java\"")
                        + "parameters { key: \"class\" value { string_value: \"Asks\" } }",
                1);
        ModelJar.write(root.resolve("asks/1/model.jar"), Map.of("Asks", ASKS));
        repository = ModelRepository.start(
                TestRepository.config(ControlMode.EXPLICIT, root),
                new Backends(List.of(fake, new JavaBackend(this::hold, memory, Clock.system()))));
        assertThat(repository.startup().orTimeout(60, TimeUnit.SECONDS).join()).isEmpty();
    }

    private StepModel hold(String name, long version) {
        return repository.hold(name, version);
    }

    @AfterEach
    void stop() {
        fake.mayExecute.release(1000);
        TestRepository.close(repository);
        System.getProperties().remove(LOADER);
    }

    @Test
    void unloadingWaitsForTheCallsThatAreUnderWay() {
        fake.mayExecute = new Semaphore(0);
        Model asks = repository.find("asks", "");
        Model called = repository.find("fake", "");
        CompletableFuture<InferResponse> answer = TestRepository.infer(asks);
        while (called.inFlight() < 2 && !answer.isDone()) { // the call, and the hold of who made it
            Thread.onSpinWait();
        }
        repository.unload("fake", false);
        repository.unload("asks", false);
        assertThatThrownBy(() -> repository.find("asks", "")).isInstanceOf(InferException.class);
        assertThat(answer).isNotDone();
        assertThat(asks.released()).isNotDone();
        assertThat(called.released()).isNotDone();

        fake.mayExecute.release(1);
        try (InferResponse response = answer.join()) {
            assertThat(Tensors.floats(response.outputs().getFirst().tensor())).containsExactly(0, 0);
        }
        asks.released().orTimeout(30, TimeUnit.SECONDS).join();
        called.released().orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Test
    void classesOfAModelGoWithIt() {
        useAndUnload();

        for (int i = 0; i < 100 && loader().isPresent(); i++) {
            System.gc();
        }
        assertThat(loader()).as("the class loader of the model").isEmpty();
        assertThat(memory.usedBytes()).isZero();
    }

    /** By itself, so that no local variable keeps the model. */
    private void useAndUnload() {
        Model asks = repository.find("asks", "");
        for (int i = 0; i < 100; i++) {
            TestRepository.infer(asks).join().close();
        }
        assertThat(loader()).isPresent();
        repository.unload("asks", false);
        asks.released().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static Optional<Object> loader() {
        return System.getProperties().get(LOADER) instanceof WeakReference<?> reference
                ? Optional.ofNullable(reference.get())
                : Optional.empty();
    }
}
