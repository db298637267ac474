package dev.nereid.server.backend;

import java.util.List;

/**
 * A backend whose models need no GPU, and that takes instances of {@code KIND_GPU} as Triton's test backends do: they are as
 * they would be on the CPU.
 */
final class AnyPlaceBackend extends ForwardingBackend {
    private final List<Integer> gpus;

    /** @param gpus those that there are, by number */
    AnyPlaceBackend(Backend backend, List<Integer> gpus) {
        super(backend);
        this.gpus = List.copyOf(gpus);
    }

    @Override
    public List<Integer> gpus() {
        return gpus;
    }
}
