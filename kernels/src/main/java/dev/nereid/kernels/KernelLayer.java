package dev.nereid.kernels;

import java.util.Objects;

/** A layer of kernels as this machine has it: something to lay over the others, or the reason why there is nothing. */
public sealed interface KernelLayer {
    /** What {@code --kernels} calls the layer. */
    String name();

    /**
     * A layer that can be used.
     *
     * @param detail what it makes use of, for the log: an instruction set, a vector width
     */
    record Available(String name, String detail, KernelSet.Overlay overlay) implements KernelLayer {
        public Available {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(detail, "detail");
            Objects.requireNonNull(overlay, "overlay");
        }
    }

    /** A layer that cannot be used. */
    record Unavailable(String name, String reason) implements KernelLayer {
        public Unavailable {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(reason, "reason");
        }
    }
}
