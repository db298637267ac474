package dev.nereid.server.backend.builtin;

import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.ForwardingBackend;
import java.util.List;

/**
 * Decorator of a backend whose models need no GPU: instances of {@code KIND_GPU} run as those of the CPU, as with Triton's
 * test backends.
 */
final class AnyInstanceKindBackend extends ForwardingBackend {
    private final List<Integer> gpus;

    /** @param gpus those that there are, by number */
    AnyInstanceKindBackend(Backend backend, List<Integer> gpus) {
        super(backend);
        this.gpus = List.copyOf(gpus);
    }

    @Override
    public List<Integer> gpus() {
        return gpus;
    }
}
