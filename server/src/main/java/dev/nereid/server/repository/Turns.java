package dev.nereid.server.repository;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/** Keeps operations that concern several models, some of which they have in common, one after the other. Any thread. */
final class Turns {
    private final Set<String> busy = new HashSet<>();

    /** The time in which an operation has its models to itself. */
    final class Turn implements AutoCloseable {
        private final Set<String> names;
        private final Set<String> taken;

        private Turn(Set<String> names, Set<String> taken) {
            this.names = names;
            this.taken = taken;
        }

        /** The models that the operation concerns. */
        Set<String> names() {
            return names;
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
     * @param names what the operation concerns; asked again after each wait
     */
    synchronized Turn await(Supplier<Set<String>> names) {
        boolean interrupted = false;
        Set<String> wanted = Set.copyOf(names.get());
        while (wanted.size() > 1 && !Collections.disjoint(busy, wanted)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
            wanted = Set.copyOf(names.get());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Set<String> taken = wanted.size() > 1 ? wanted : Set.of();
        busy.addAll(taken);
        return new Turn(wanted, taken);
    }

    private synchronized void leave(Set<String> taken) {
        busy.removeAll(taken);
        notifyAll();
    }
}
