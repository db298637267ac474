package dev.nereid.models.operators.movement;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.models.ModelFormatException;
import java.util.Locale;
import java.util.Optional;

/** How a scattered update is combined with the element in place. */
public enum ScatterReduction {
    NONE(Optional.empty(), Optional.empty()),
    ADD(Optional.of(Accumulation.SUM), Optional.of(BinaryOp.ADD)),
    MUL(Optional.of(Accumulation.PRODUCT), Optional.of(BinaryOp.MUL)),
    MIN(Optional.of(Accumulation.MINIMUM), Optional.of(BinaryOp.MIN)),
    MAX(Optional.of(Accumulation.MAXIMUM), Optional.of(BinaryOp.MAX));

    private final Optional<Accumulation> accumulation;
    private final Optional<BinaryOp> binary;

    ScatterReduction(Optional<Accumulation> accumulation, Optional<BinaryOp> binary) {
        this.accumulation = accumulation;
        this.binary = binary;
    }

    public static ScatterReduction of(String name) {
        for (ScatterReduction reduction : values()) {
            if (reduction.name().toLowerCase(Locale.ROOT).equals(name)) {
                return reduction;
            }
        }
        throw new ModelFormatException("reduction '" + name + "' is not known");
    }

    /** The function; empty for the one that replaces the element. */
    Optional<Accumulation> accumulation() {
        return accumulation;
    }

    /** The same as a function of two elements. */
    public Optional<BinaryOp> binary() {
        return binary;
    }
}
