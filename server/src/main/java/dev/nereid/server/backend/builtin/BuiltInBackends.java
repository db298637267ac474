package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backend;
import java.util.List;
import java.util.stream.Stream;

/** The backends of Triton's examples and tests, which need no model file. */
public final class BuiltInBackends {
    private BuiltInBackends() {}

    /**
     * All of them, for a server without GPUs.
     *
     * @param memory what their responses lie in
     */
    public static List<Backend> all(SlabPool memory) {
        return all(memory, List.of());
    }

    /**
     * All of them.
     *
     * @param memory what their responses lie in
     * @param gpus that the server has, by number: instances may be said to be on them
     */
    public static List<Backend> all(SlabPool memory, List<Integer> gpus) {
        return Stream.of(
                        new IdentityBackend(memory),
                        new RepeatBackend(memory),
                        new SquareBackend(memory),
                        new SequenceBackend(memory),
                        new DynaSequenceBackend(memory),
                        new IterativeSequenceBackend(memory),
                        new ImplicitStateBackend(memory),
                        new QueryBackend(memory, System.getenv()))
                .<Backend>map(backend -> new AnyInstanceKindBackend(backend, gpus))
                .toList();
    }
}
