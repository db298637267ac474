package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferRequest;

/**
 * A rule of somebody else's that says where the dynamic batcher ends a batch: what a shared library with five functions
 * is to Triton. Implementations are found by {@link java.util.ServiceLoader} on the class path: a jar in the distribution's folder
 * {@code lib} that names them in {@code META-INF/services/dev.nereid.server.schedule.BatchStrategy}. A model config's
 * parameter {@value #PARAMETER} chooses one by its name. The five functions are {@link #open} and
 * {@link Opened#close} once a model version, {@link Opened#begin} and {@link Forming#close} once for each batch that the
 * batcher tries to form, and {@link Forming#include} for each request.
 *
 * <p>Everything but {@link #open} and {@link Opened#close} runs under the scheduler's lock: it must be quick, must not
 * block and must not submit requests. What it throws is logged, and the batcher goes on without it.
 */
public interface BatchStrategy {
    /** The config parameter that chooses a strategy; Triton's. */
    String PARAMETER = "TRITON_BATCH_STRATEGY_PATH";

    /** The value of the parameter that chooses this strategy. */
    String name();

    /** Prepares for one version of a model. */
    Opened open(ModelConfig config);

    /** The strategy for one version of a model. */
    interface Opened extends AutoCloseable {
        /** A new batch is tried. Requests may be shown again in later tries, for waiting batches are formed anew. */
        Forming begin();

        /** The model version is unloaded; no batch is being formed any more. */
        @Override
        void close();
    }

    /** The state of one batch. */
    interface Forming extends AutoCloseable {
        /**
         * Whether the request may join the batch; asked in order, after the size and the shapes have been found to fit.
         * No ends the batch at once. The first request of a batch joins whatever the answer is.
         */
        boolean include(InferRequest request);

        /** The batch is decided on. */
        @Override
        void close();
    }
}
