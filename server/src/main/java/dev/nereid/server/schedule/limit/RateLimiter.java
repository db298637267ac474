package dev.nereid.server.schedule.limit;

import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.protocol.InferException;

/** Gives every instance of a server its turns. Any thread. */
public interface RateLimiter {
    /** Lets every instance start whenever it is free, and looks at no settings. */
    RateLimiter OFF = new RateLimiter() {
        @Override
        public Model newModel() {
            return _ -> Turn.FREE;
        }

        @Override
        public boolean limits() {
            return false;
        }

        @Override
        public void settle() {}
    };

    /** The limiter that a configuration asks for. */
    static RateLimiter of(RateLimitConfig config) {
        return config.executionCount() ? new ExecutionCountLimiter(config) : OFF;
    }

    /** One loaded version of a model, whose instances stand in for each other. */
    interface Model {
        /**
         * The turns of a new instance, until they are closed.
         *
         * @throws InferException if the instance could never start, or contradicts others about what a resource is
         */
        Turn newTurn(ModelRateLimiter settings);
    }

    Model newModel();

    /** Whether an instance that is free may have to wait for its turn. */
    boolean limits();

    /**
     * Gives what has become free to the instances that wait for it, and wakes them. To be called without any lock, after
     * turns have ended.
     */
    void settle();
}
