package dev.nereid.server.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.RunningServers;
import dev.nereid.server.Server;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.config.Front;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Stopping while the request path is warmed up. */
class RequestPathWarmupTest {
    private static final Set<Front> FRONTS = EnumSet.of(Front.HTTP, Front.GRPC);

    @TempDir
    Path folder;

    private static List<Thread> warmupThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("request-warmup"))
                .toList();
    }

    @Test
    void endsEarlyAndLeavesNoFolderBehind() {
        try (WorkerPool workers = new WorkerPool(1);
                SlabPool memory = new SlabPool(0)) {
            RequestPathWarmup requestPathWarmup =
                    RequestPathWarmup.start(memory, new PlanBackend(KernelSet.scalar(), workers), FRONTS, folder);
            assertThat(requestPathWarmup.stop(Duration.ofSeconds(30))).isTrue();
            assertThat(requestPathWarmup.awaited()).isCompleted();
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    void hasEachOfItsRequestsAnswered() {
        Logger log = (Logger) LoggerFactory.getLogger(RequestPathWarmup.class);
        Level level = log.getLevel();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.setLevel(Level.DEBUG);
        log.addAppender(lines);
        try (WorkerPool workers = new WorkerPool(1);
                SlabPool memory = new SlabPool(0)) {
            RequestPathWarmup requestPathWarmup =
                    RequestPathWarmup.start(memory, new PlanBackend(KernelSet.scalar(), workers), FRONTS, folder);
            requestPathWarmup.awaited().join();
            assertThat(requestPathWarmup.stop(Duration.ofSeconds(30))).isTrue();
        } finally {
            log.detachAppender(lines);
            log.setLevel(level);
        }
        List<String> said =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(said).noneMatch(line -> line.contains("no warm-up"));
        assertThat(said)
                .anyMatch(line -> line.matches("warm-up: [0-9]{2,} requests over http in [0-9]+ ms"))
                .anyMatch(line -> line.matches("warm-up: [0-9]{2,} requests over grpc in [0-9]+ ms"));
    }

    @Test
    void isOverBeforeAServerClosesItsMemory() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger("dev.nereid");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Server server = Server.start(RunningServers.config(folder));
        List<Thread> threads = warmupThreads();
        log.addAppender(lines);
        try {
            assertThat(server.stop()).isTrue();
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list).noneMatch(line -> line.getLevel().isGreaterOrEqual(Level.ERROR));
    }

    @Test
    @Tag("found-32")
    void itsModelsAreNoNewsInTheLog() {
        Logger log = (Logger) LoggerFactory.getLogger("dev.nereid.server.repository.ModelEntry");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try (WorkerPool workers = new WorkerPool(1);
                SlabPool memory = new SlabPool(0)) {
            RequestPathWarmup requestPathWarmup =
                    RequestPathWarmup.start(memory, new PlanBackend(KernelSet.scalar(), workers), FRONTS, folder);
            requestPathWarmup.awaited().join();
            assertThat(requestPathWarmup.stop(Duration.ofSeconds(30))).isTrue();
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list.stream().filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO)))
                .isEmpty();
    }
}
