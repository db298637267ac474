package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model whose policy may give it up to three instances, under a virtual clock. */
@Timeout(60)
class InstanceScalerTest {
    private static final String CONFIG =
            "name: 'm' " + FakeBackend.CONFIG.replace("max_batch_size: 8", "max_batch_size: 1")
                    + "parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } } "
                    + "parameters { key: 'scheduler.slo_ms' value { string_value: '20000' } } "
                    + "parameters { key: 'scheduler.max_instances' value { string_value: '3' } }";
    private static final int TICK_MICROS = 250_000;

    private final FakeBackend backend = new FakeBackend();
    private final VirtualClock clock = new VirtualClock();
    private final ModelStatistics statistics = new ModelStatistics();
    private final MemoryLimit memory = MemoryLimit.ofBytes(1L << 40);
    private final BackendModel model;
    private final ModelInstances made;
    private final Scheduler scheduler;
    private final RunningInstances instances;
    private final List<Runnable> tasks = new ArrayList<>();
    private final InstanceScaler scaler;
    private boolean full;
    private Executor executor = Runnable::run;

    InstanceScalerTest() throws TextFormat.ParseException {
        backend.mayExecute = new Semaphore(0);
        ModelConfig config = ModelConfigDefaults.apply(TextFormat.parse(CONFIG, ModelConfig.class));
        model = backend.load(config, Path.of("1"));
        made = new ModelInstances(model, HostPolicies.NONE, RateLimiter.OFF.newModel(), false);
        scheduler = Schedulers.of(config, made.change(config, _ -> {}).added(), statistics, clock, new SharedDevice());
        instances = new RunningInstances(
                "model 'm'",
                config,
                newConfig -> made.change(newConfig, _ -> {}),
                scheduler,
                statistics,
                present -> memory.reserve(full ? 1L << 41 : 1, "model 'm'"));
        scaler = new InstanceScaler("model 'm'", scheduler, instances, clock, task -> executor.execute(task));
    }

    @AfterEach
    void close() {
        backend.mayExecute.release(1000);
        scaler.close();
        scheduler.close();
        made.close();
        model.close();
        assertThat(backend.closed).containsExactlyInAnyOrderElementsOf(backend.made);
    }

    private CompletableFuture<Void> submit() {
        CompletableFuture<Void> answered = new CompletableFuture<>();
        scheduler.submit(TestRepository.request("m", ""), new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                response.close();
                answered.complete(null);
            }

            @Override
            public void fail(InferException error) {
                answered.completeExceptionally(error);
            }

            @Override
            public void end() {
                answered.complete(null);
            }
        });
        return answered;
    }

    private void pass(int ticks) {
        for (int i = 0; i < ticks; i++) {
            clock.advanceMicros(TICK_MICROS);
        }
    }

    private int count() {
        return statistics.snapshot().scheduling().instances();
    }

    @Test
    void addsInstancesWhileRequestsWaitAndTakesThemAwayWhenOneIsIdle() {
        assertThat(count()).isEqualTo(1);
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(submit());
        }
        // Two seconds until requests are late, two more until that has lasted.
        pass(15);
        assertThat(backend.made).containsExactly("m_0_0");
        pass(3);
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1");
        assertThat(count()).isEqualTo(2);
        pass(6);
        assertThat(count()).isEqualTo(2);
        pass(3);
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1", "m_0_2");
        pass(12);
        assertThat(count()).as("no more than the config allows").isEqualTo(3);

        backend.mayExecute.release(1000);
        answers.forEach(CompletableFuture::join);
        long idle = clock.nanos();
        while (backend.closed.isEmpty()) {
            pass(1);
            Thread.onSpinWait();
        }
        assertThat(clock.nanos() - idle).isGreaterThanOrEqualTo(30_000_000_000L);
        while (backend.closed.size() < 2) {
            pass(1);
            Thread.onSpinWait();
        }
        pass(200);
        // Each is closed aside, on a thread of its own.
        assertThat(backend.closed).as("no fewer than the config asks for").containsExactlyInAnyOrder("m_0_2", "m_0_1");
        assertThat(count()).isEqualTo(1);
        submit().join();
    }

    @Test
    void triesAgainAfterAWhileWhereThereWasNoMemory() {
        full = true;
        CompletableFuture<Void> _ = submit();
        CompletableFuture<Void> _ = submit();
        pass(20);
        assertThat(count()).isEqualTo(1);
        full = false;
        pass(20);
        assertThat(count()).as("half a minute is not over").isEqualTo(1);
        // What waits has expired by now, as it would anywhere.
        for (int i = 0; i < 100 && count() == 1; i++) {
            CompletableFuture<Void> _ = submit();
            pass(2);
        }
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void waitsForAChangeThatIsGoingOnBeforeItEnds() throws InterruptedException {
        executor = tasks::add;
        CompletableFuture<Void> _ = submit();
        CompletableFuture<Void> _ = submit();
        pass(24);
        assertThat(tasks).as("one change at a time").hasSize(1);
        Thread closing = Thread.ofPlatform().start(scaler::close);
        while (closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        tasks.getFirst().run();
        closing.join();
        assertThat(count()).isEqualTo(2);
        pass(100);
        assertThat(tasks).hasSize(1);
    }

    @Test
    void aNewConfigBeginsWithTheInstancesThatItAsksFor() throws TextFormat.ParseException {
        CompletableFuture<Void> _ = submit();
        CompletableFuture<Void> _ = submit();
        pass(18);
        assertThat(count()).isEqualTo(2);
        instances.update(
                ModelConfigDefaults.apply(TextFormat.parse(CONFIG.replace("count: 1", "count: 3"), ModelConfig.class)));
        assertThat(count()).isEqualTo(3);
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1", "m_0_2");
        assertThat(instances.needsChange(4)).isFalse();
        // An update waits for the instances that it closes.
        backend.mayExecute.release(1000);
        instances.update(ModelConfigDefaults.apply(TextFormat.parse(CONFIG, ModelConfig.class)));
        assertThat(instances.needsChange(2)).isTrue();
    }

    @Test
    void aModelWithAllThatItMayHaveScalesUnderAConfigWithFewer() throws TextFormat.ParseException {
        RunningInstances all = counted(CONFIG.replace("count: 1", "count: 3"));
        assertThat(all.scales()).isTrue();
        assertThat(all.needsChange(4)).isFalse();
        all.update(ModelConfigDefaults.apply(TextFormat.parse(CONFIG, ModelConfig.class)));
        assertThat(all.needsChange(2)).isTrue();
    }

    @Test
    void whoOnlyLooksDoesNotWaitForAChange() throws TextFormat.ParseException {
        ModelConfig config = ModelConfigDefaults.apply(TextFormat.parse(CONFIG, ModelConfig.class));
        AtomicReference<@Nullable RunningInstances> running = new AtomicReference<>();
        List<Boolean> seen = new ArrayList<>();
        running.set(counted(config, _ -> {
            RunningInstances there = Objects.requireNonNull(running.get());
            seen.add(CompletableFuture.supplyAsync(
                            () -> there.needsChange(2) && there.count() == 1, Thread.ofPlatform()::start)
                    .join());
        }));
        Objects.requireNonNull(running.get()).follow(2);
        assertThat(seen).containsExactly(true);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void makesOneMoreOnEachGpuAndNoMoreThanTheConfigAllows() throws TextFormat.ParseException {
        List<ModelConfig> asked = new ArrayList<>();
        ModelConfig config = ModelConfigDefaults.apply(
                TextFormat.parse(
                        CONFIG.replace("KIND_CPU", "KIND_GPU").replace("string_value: '3'", "string_value: '5'"),
                        ModelConfig.class),
                List.of(0, 1),
                false);
        RunningInstances onGpus = counted(config, asked::add);
        assertThat(onGpus.count()).isEqualTo(2);
        onGpus.follow(3);
        assertThat(onGpus.count()).isEqualTo(4);
        assertThat(count()).isEqualTo(4);
        assertThat(InstancePlan.of(asked.getFirst())).hasSize(4);
        assertThat(onGpus.needsChange(5)).isFalse();
        onGpus.follow(5);
        assertThat(asked).hasSize(1);
    }

    @Test
    void goesOnWhereThereIsNoThreadForAChange() {
        executor = _ -> {
            throw new OutOfMemoryError("unable to create native thread");
        };
        CompletableFuture<Void> _ = submit();
        CompletableFuture<Void> _ = submit();
        pass(20);
        assertThat(count()).isEqualTo(1);
        scaler.close();
    }

    private RunningInstances counted(String config) throws TextFormat.ParseException {
        return counted(ModelConfigDefaults.apply(TextFormat.parse(config, ModelConfig.class)), _ -> {});
    }

    /** Instances that are counted and not made. */
    private RunningInstances counted(ModelConfig config, Consumer<ModelConfig> change) {
        return new RunningInstances(
                "model 'm'",
                config,
                newConfig -> {
                    change.accept(newConfig);
                    return new ModelInstances.Change(List.of(), List.of());
                },
                scheduler,
                statistics,
                _ -> memory.reserve(1, "model 'm'"));
    }
}
