package dev.nereid.models.operators.movement;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/** How a scattered update joins the element that is there. */
@SuppressWarnings("ImmutableEnumChecker")
enum Reduction {
    NONE((_, update) -> update, (_, update) -> update),
    ADD(Double::sum, Long::sum),
    MUL((value, update) -> value * update, (value, update) -> value * update),
    MIN(Math::min, Math::min),
    MAX(Math::max, Math::max);

    private final DoubleBinaryOperator reals;
    private final LongBinaryOperator integers;

    Reduction(DoubleBinaryOperator reals, LongBinaryOperator integers) {
        this.reals = reals;
        this.integers = integers;
    }

    static Reduction of(String name) {
        for (Reduction reduction : values()) {
            if (reduction.name().toLowerCase(Locale.ROOT).equals(name)) {
                return reduction;
            }
        }
        throw new ModelFormatException("reduction '" + name + "' is not known");
    }

    /** The function as kernels of devices know it; empty for the one that keeps nothing of what was there. */
    Optional<BinaryOp> onDevice() {
        return switch (this) {
            case NONE -> Optional.empty();
            case ADD -> Optional.of(BinaryOp.ADD);
            case MUL -> Optional.of(BinaryOp.MUL);
            case MIN -> Optional.of(BinaryOp.MIN);
            case MAX -> Optional.of(BinaryOp.MAX);
        };
    }

    /** {@code y[at] = y[at] op updates[from]}. */
    void apply(Tensor y, long at, Tensor updates, long from) {
        DataType type = y.dataType();
        if (type.isFloat()) {
            double result = reals.applyAsDouble(Numbers.real(y, at), Numbers.real(updates, from));
            Numbers.setReal(y, at, result);
        } else if (type == DataType.UINT64 && this != ADD && this != MUL) {
            // Unsigned order is signed order with the highest bit turned over.
            long flipped = integers.applyAsLong(
                    Numbers.integer(y, at) ^ Long.MIN_VALUE, Numbers.integer(updates, from) ^ Long.MIN_VALUE);
            Numbers.setInteger(y, at, flipped ^ Long.MIN_VALUE);
        } else {
            Numbers.setInteger(y, at, integers.applyAsLong(Numbers.integer(y, at), Numbers.integer(updates, from)));
        }
    }
}
