package dev.nereid.server.backend;

import dev.nereid.memory.SlabPool;
import java.util.List;

/** The backends of Triton's examples and tests, which need no model file. */
public final class BuiltInBackends {
    private BuiltInBackends() {}

    /**
     * All of them.
     *
     * @param memory what their responses lie in
     */
    public static List<Backend> all(SlabPool memory) {
        return List.of(
                new IdentityBackend(memory),
                new RepeatBackend(memory),
                new SquareBackend(memory),
                new SequenceBackend(memory),
                new DynaSequenceBackend(memory),
                new IterativeSequenceBackend(memory));
    }
}
