package dev.nereid.server.repository;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/** Keeps operations that concern several models, some of which they have in common, one after the other. Any thread. */
final class Turns {
    private final Set<ModelId> busy = new HashSet<>();

    /** The time in which an operation has its models to itself. */
    final class Turn implements AutoCloseable {
        private final Set<ModelId> models;
        private final Set<ModelId> taken;

        private Turn(Set<ModelId> models, Set<ModelId> taken) {
            this.models = models;
            this.taken = taken;
        }

        /** The models that the operation concerns. */
        Set<ModelId> models() {
            return models;
        }

        @Override
        public void close() {
            leave(taken);
        }
    }

    /**
     * Waits until no other operation has any of these models. An operation on a single model never waits, nor does anybody
     * wait for it.
     *
     * @param models what the operation concerns; asked again after each wait
     */
    synchronized Turn await(Supplier<Set<ModelId>> models) {
        boolean interrupted = false;
        Set<ModelId> wanted = Set.copyOf(models.get());
        while (wanted.size() > 1 && !Collections.disjoint(busy, wanted)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
            wanted = Set.copyOf(models.get());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Set<ModelId> taken = wanted.size() > 1 ? wanted : Set.of();
        busy.addAll(taken);
        return new Turn(wanted, taken);
    }

    private synchronized void leave(Set<ModelId> taken) {
        busy.removeAll(taken);
        notifyAll();
    }
}
