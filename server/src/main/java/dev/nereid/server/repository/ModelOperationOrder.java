package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Orders loads and unloads: operations on the same model run in their order of arrival, others concurrently. So a load waits
 * for the one before it and an unload for the load under way, as in Triton. Any thread.
 */
final class ModelOperationOrder {
    /** The operations that run or wait, in the order in which they came. */
    private final List<Turn> order = new ArrayList<>();

    /** An operation that has exclusive use of its models. */
    final class Turn implements AutoCloseable {
        private Set<ModelId> models;
        private boolean running;

        private Turn(Set<ModelId> models) {
            this.models = models;
        }

        /** The models that the operation concerns. */
        Set<ModelId> models() {
            return models;
        }

        @Override
        public void close() {
            leave(this);
        }
    }

    /**
     * Waits until no earlier or running operation concerns any of these models.
     *
     * @param models what the operation concerns; asked again after each wait, for operations in between may change it
     */
    synchronized Turn await(Supplier<Set<ModelId>> models) {
        Turn turn = new Turn(Set.copyOf(models.get()));
        order.add(turn);
        boolean interrupted = false;
        try {
            while (mustWait(turn)) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                turn.models = Set.copyOf(models.get());
            }
            turn.running = true;
            return turn;
        } finally {
            if (!turn.running) {
                leave(turn); // nobody waits for what never runs
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean mustWait(Turn turn) {
        boolean before = true;
        for (Turn other : order) {
            if (other == turn) {
                before = false;
            } else if ((before || other.running) && !Collections.disjoint(other.models, turn.models)) {
                return true;
            }
        }
        return false;
    }

    private synchronized void leave(Turn turn) {
        order.remove(turn);
        notifyAll();
    }
}
