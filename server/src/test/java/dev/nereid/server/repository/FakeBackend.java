package dev.nereid.server.repository;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * A backend that holds native memory as a real model would, loads while the test lets it, fails for a version with a
 * file {@code broken}, and executes while the test lets it. It gives back what it is given.
 */
final class FakeBackend implements Backend {
    static final String CONFIG = TestRepository.IDENTITY.replace("\"identity\"", "\"fake\"");

    final AtomicInteger loads = new AtomicInteger();
    final AtomicInteger mostAtATime = new AtomicInteger();
    private final AtomicInteger loading = new AtomicInteger();
    /** Models that were open at the same time. */
    final AtomicInteger mostOpen = new AtomicInteger();

    private final AtomicInteger open = new AtomicInteger();
    /** Names of all instances that were made, and of those that were closed. */
    final List<String> made = new CopyOnWriteArrayList<>();

    final List<String> closed = new CopyOnWriteArrayList<>();
    /** What an instance does with its batch before it answers, beside the instance's name. */
    volatile BiConsumer<String, Batch> watching = (_, _) -> {};

    /** Versions whose executions fail. */
    volatile Set<String> failing = Set.of();

    volatile List<Integer> gpus = List.of();
    volatile CountDownLatch mayLoad = new CountDownLatch(0);
    volatile Semaphore mayExecute = new Semaphore(1 << 30);

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public List<Integer> gpus() {
        return gpus;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        // Before the load is counted: a test that has seen it may let the next one through.
        CountDownLatch mayGoOn = mayLoad;
        int load = loads.incrementAndGet();
        mostAtATime.accumulateAndGet(loading.incrementAndGet(), Math::max);
        try {
            mayGoOn.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            loading.decrementAndGet();
        }
        if (Files.exists(versionFolder.resolve("broken"))) {
            throw ModelLoadException.invalid("the file is broken");
        }
        NativeMemory weights = NativeMemory.allocate(1 << 20);
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        String version = String.valueOf(versionFolder.getFileName());
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                made.add(instanceName);
                return new Instance(config.getName(), version, load, weights, instanceName);
            }

            @Override
            public ModelInstance newInstance(String instanceName, int gpu) {
                return newInstance(instanceName);
            }

            @Override
            public long memoryBytes() {
                return weights.segment().byteSize();
            }

            @Override
            public void close() {
                weights.close();
                open.decrementAndGet();
            }
        };
    }

    /** Touches the weights, so that a test crashes if they are freed too early. */
    private final class Instance implements ModelInstance {
        private final String model;
        private final String version;
        private final int load;
        private final NativeMemory weights;
        private final NativeMemory frame = NativeMemory.allocate(4096);

        private final String name;

        private Instance(String model, String version, int load, NativeMemory weights, String name) {
            this.name = name;
            this.model = model;
            this.version = version;
            this.load = load;
            this.weights = weights;
        }

        @Override
        public void execute(Batch batch) {
            mayExecute.acquireUninterruptibly();
            watching.accept(name, batch);
            if (failing.contains(version)) {
                throw new IllegalStateException("version " + version + " fails");
            }
            weights.segment().fill((byte) 1);
            frame.segment().fill((byte) 2);
            for (Execution execution : batch.executions()) {
                execution.respond(
                        new InferResponse(
                                model,
                                version,
                                Integer.toString(load),
                                Map.of(),
                                execution.input("INPUT0").stream()
                                        .map(tensor -> new OutputTensor("OUTPUT0", tensor))
                                        .toList(),
                                () -> weights.segment().fill((byte) 3)),
                        true);
            }
        }

        @Override
        public void close() {
            closed.add(name);
            frame.close();
        }
    }
}
