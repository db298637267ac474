package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimitConfig.Available;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.statement.Statement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Models whose configs have a rate limiter, loaded by a repository. */
class RateLimitedModelsTest {
    private static final String ONE_R = "rate_limiter { resources { name: 'R' count: 1 } }";

    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();

    private void write(String name, String limits) {
        TestRepository.write(root, name, FakeBackend.CONFIG.replace("count: 1", "count: 1 " + limits), 1);
    }

    private ModelRepository start(RateLimitConfig config) {
        ModelRepository repository = ModelRepository.open(
                TestRepository.config(ControlMode.EXPLICIT, root),
                new Backends(List.of(backend)),
                new SharedResources(Optional.empty(), RateLimiter.of(config)));
        repository.loadStartupModels();
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        started.add(repository);
        return repository;
    }

    @AfterEach
    void close() {
        backend.mayExecute.release(1000);
        started.forEach(TestRepository::close);
    }

    @Test
    @Statement({108, 110})
    void letsModelsThatShareAResourceRunOneAfterTheOther() {
        write("a", ONE_R);
        write("b", ONE_R);
        backend.mayExecute = new Semaphore(0);
        ModelRepository repository = start(new RateLimitConfig(true, List.of()));
        CompletableFuture<InferResponse> first = TestRepository.infer(repository.find("a", ""));
        while (!backend.mayExecute.hasQueuedThreads()) {
            // The instance may still be at the end of its last batch.
            Thread.onSpinWait();
        }
        CompletableFuture<InferResponse> second = TestRepository.infer(repository.find("b", ""));
        assertThat(repository.find("b", "").statistics().snapshot().pendingCount())
                .isEqualTo(1);
        backend.mayExecute.release(2);
        first.join().close();
        second.join().close();
    }

    @Test
    @Statement(107)
    void ignoresTheSettingsOfModelsWithoutALimiter() {
        write("a", "rate_limiter { resources { name: 'R' count: 9 } resources { name: 'R' global: true } }");
        ModelRepository repository =
                start(new RateLimitConfig(false, List.of(new Available("R", 1, OptionalInt.empty()))));
        try (InferResponse response =
                TestRepository.infer(repository.find("a", "")).join()) {
            assertThat(response.outputs()).isNotEmpty();
        }
    }

    @Test
    @Statement(111)
    void failsTheLoadOfAModelThatCouldNeverRun() {
        write("a", "rate_limiter { resources { name: 'R' count: 4 } }");
        ModelRepository repository =
                start(new RateLimitConfig(true, List.of(new Available("R", 2, OptionalInt.empty()))));
        assertThat(repository.startup().join())
                .singleElement()
                .asString()
                .contains("Resource count for \"R\" is limited to 2 which will prevent scheduling of one or more model "
                        + "instances, the minimum required count is 4");
        assertThat(backend.made).isEmpty();
    }

    @Test
    void logsHowMuchThereIsOfWhat() {
        Logger log = (Logger) LoggerFactory.getLogger("dev.nereid.server.schedule.limit.ResourceTable");
        Level before = log.getLevel();
        log.setLevel(Level.DEBUG);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            write("a", "rate_limiter { resources [ { name: 'R' count: 3 }, { name: 'G' count: 2 global: true } ] }");
            start(new RateLimitConfig(true, List.of()));
        } finally {
            log.detachAppender(lines);
            log.setLevel(before);
        }
        assertThat(List.copyOf(lines.list))
                .extracting(ILoggingEvent::getFormattedMessage)
                .first()
                .asString()
                .startsWith("\nMax Resource Map===>\n")
                .contains("\tDevice: GLOBAL\n\t\tResource: G\t Count: 2\n")
                .endsWith("\tDevice: 0\n\t\tResource: R\t Count: 3\n");
    }

    /** What is taken away asks for nothing any more. */
    @Test
    @Statement({110, 120})
    void followsAChangeOfARunningModelsResources() {
        write("a", "rate_limiter { resources { name: 'R' count: 3 } }");
        write("b", ONE_R);
        ModelRepository repository = start(new RateLimitConfig(true, List.of()));
        write("a", ONE_R);
        repository.load("a", LoadParameters.NONE);
        TestRepository.infer(repository.find("a", "")).join().close();
        assertThat(backend.loads.get()).as("changed in place").isEqualTo(2);
        while (backend.closed.isEmpty()) {
            // The instance of before is closed aside, and has given its resources back then.
            Thread.onSpinWait();
        }
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> first = TestRepository.infer(repository.find("a", ""));
        while (repository.find("a", "").statistics().snapshot().pendingCount() > 0) {
            // It has the one R when it executes.
            Thread.onSpinWait();
        }
        CompletableFuture<InferResponse> second = TestRepository.infer(repository.find("b", ""));
        assertThat(repository.find("b", "").statistics().snapshot().pendingCount())
                .isEqualTo(1);
        backend.mayExecute.release(2);
        first.join().close();
        second.join().close();
    }
}
