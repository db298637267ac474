package dev.nereid.server.repository;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A backend whose instances take a random time, now and then throw before, between or after their answers, forget a
 * request or look at its cancellation, and touch native memory that is theirs only while the model lives.
 */
final class ChaosBackend implements Backend {
    private static final int LONGEST_NANOS = 400_000;

    private final AtomicLong loads = new AtomicLong();
    private final AtomicLong staleReads = new AtomicLong();
    private final AtomicLong stateUpdates = new AtomicLong();
    private final AtomicInteger sharing = new AtomicInteger();
    private final AtomicInteger mostSharing = new AtomicInteger();
    private final long seed;

    ChaosBackend(long seed) {
        this.seed = seed;
    }

    long loads() {
        return loads.get();
    }

    /** Inputs whose memory had been given back when an instance read them. */
    long staleReads() {
        return staleReads.get();
    }

    /** States of sequences that were changed. */
    long stateUpdates() {
        return stateUpdates.get();
    }

    /** The most instances at a time of groups that have a rate limiter. */
    int mostSharing() {
        return mostSharing.get();
    }

    @Override
    public String name() {
        return "chaos";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        NativeMemory weights = NativeMemory.allocate(1 << 12);
        Random random = new Random(seed + loads.incrementAndGet());
        boolean decoupled = config.getModelTransactionPolicy().getDecoupled();
        boolean limited = config.getInstanceGroup(0).getRateLimiter().getResourcesCount() > 0;
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                return new Instance(weights, new Random(random.nextLong()), decoupled, limited);
            }

            @Override
            public long memoryBytes() {
                return weights.segment().byteSize();
            }

            @Override
            public void close() {
                weights.close();
            }
        };
    }

    /** Reads what a request brings; notes where its memory has been given back already. */
    private void read(Execution execution) {
        Tensor input = execution.input("INPUT0").orElseThrow();
        try {
            for (long i = 0; i < input.byteSize(); i++) {
                input.segment().get(ValueLayout.JAVA_BYTE, i);
            }
        } catch (IllegalStateException e) {
            staleReads.incrementAndGet();
        }
    }

    private final class Instance implements ModelInstance {
        private final NativeMemory weights;
        private final NativeMemory frame = NativeMemory.allocate(1 << 12);
        private final Random random;
        private final boolean decoupled;
        private final boolean limited;

        private Instance(NativeMemory weights, Random random, boolean decoupled, boolean limited) {
            this.weights = weights;
            this.random = random;
            this.decoupled = decoupled;
            this.limited = limited;
        }

        @Override
        public void execute(Batch batch) {
            if (limited) {
                mostSharing.accumulateAndGet(sharing.incrementAndGet(), Math::max);
            }
            work();
            if (limited) {
                sharing.decrementAndGet();
            }
            batch.executions().forEach(ChaosBackend.this::read);
            maybeFail();
            for (Execution execution : batch.executions()) {
                if (execution.request().cancelled()) {
                    execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
                } else if (decoupled) {
                    respondInParts(execution);
                } else if (random.nextInt(50) > 0) {
                    changeStates(execution);
                    execution.respond(response(execution), true);
                } // else: forgotten
                maybeFail();
            }
        }

        /** Up to three responses and an end; the last may come from another thread, when the instance is free. */
        private void respondInParts(Execution execution) {
            for (int i = random.nextInt(4); i > 0; i--) {
                execution.respond(response(execution), false);
            }
            if (random.nextInt(3) == 0) {
                Thread.ofVirtual().start(() -> {
                    LockSupport.parkNanos(LONGEST_NANOS);
                    execution.end();
                });
            } else {
                execution.end();
            }
        }

        /** Counts up what the sequence's last request left, now and then. */
        private void changeStates(Execution execution) {
            for (ImplicitState state : execution.states()) {
                if (random.nextInt(3) > 0) {
                    Tensor before = execution.input("IN").orElseThrow();
                    try (NativeMemory next = NativeMemory.allocate(Integer.BYTES)) {
                        next.segment()
                                .set(ValueLayout.JAVA_INT, 0, before.segment().get(ValueLayout.JAVA_INT, 0) + 1);
                        state.write(Tensor.of(before.dataType(), before.shape(), next.segment()));
                    }
                    state.update();
                    stateUpdates.incrementAndGet();
                }
            }
        }

        private void work() {
            frame.segment().fill((byte) 1);
            weights.segment().fill((byte) 2);
            LockSupport.parkNanos(random.nextInt(LONGEST_NANOS));
        }

        /** Not where a request may still be answered from another thread: a backend must not do that. */
        private void maybeFail() {
            if (!decoupled && random.nextInt(100) == 0) {
                throw InferException.internal("the instance failed");
            }
        }

        /** Gives the input back: either the request's own tensor, or a copy that lives as long as the response. */
        private InferResponse response(Execution execution) {
            Tensor input = execution.input("INPUT0").orElseThrow();
            if (random.nextBoolean()) {
                return response(execution, input, () -> {});
            }
            NativeMemory copy = NativeMemory.allocate(input.byteSize());
            copy.segment().copyFrom(input.segment().asSlice(0, input.byteSize()));
            return response(execution, Tensor.of(input.dataType(), input.shape(), copy.segment()), copy::close);
        }

        private InferResponse response(Execution execution, Tensor output, Runnable close) {
            return new InferResponse(
                    "m",
                    "1",
                    execution.request().header().id(),
                    Map.of(),
                    List.of(new OutputTensor("OUTPUT0", output)),
                    () -> {
                        weights.segment().fill((byte) 3);
                        close.run();
                    });
        }

        @Override
        public void close() {
            frame.close();
        }
    }
}
