package dev.nereid.kernels.matmul;

import java.util.Objects;
import java.util.Optional;

/**
 * What a product kernel does beside multiplying: {@code c = activation(a * b + addend) + residual}. The sum over k starts at
 * zero and the addend is added to it last, so that a large one costs one rounding.
 *
 * @param addend a matrix of c's shape with contiguous rows, or a repeated column; a bias is a repeated row or column; must
 *     not overlap c
 * @param residual a matrix of c's shape with contiguous rows; must not overlap c
 */
public record Epilogue(Optional<Matrix> addend, Activation activation, Optional<Matrix> residual) {
    /** The bare product. */
    public static final Epilogue NONE = new Epilogue(Optional.empty(), Activation.NONE, Optional.empty());

    public Epilogue {
        Objects.requireNonNull(addend, "addend");
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(residual, "residual");
        if (addend.isPresent()
                && !addend.get().hasContiguousRows()
                && addend.get().columnStride() != 0) {
            throw new IllegalArgumentException("an addend with " + addend.get().columnStride() + " elements a column");
        }
        if (residual.isPresent() && !residual.get().hasContiguousRows()) {
            throw new IllegalArgumentException(
                    "a residual with " + residual.get().columnStride() + " elements a column");
        }
    }

    /** Whether every row gets the same addends. */
    public boolean addendIsRow() {
        return addend.isPresent()
                && addend.get().rowStride() == 0
                && (addend.get().columnStride() == 1 || addend.get().columns() == 1);
    }

    /** Whether every column, and not every row, gets the same addends. */
    public boolean addendIsColumn() {
        return addend.isPresent() && !addendIsRow() && addend.get().columnStride() == 0;
    }

    public Epilogue withAddend(Matrix matrix) {
        return new Epilogue(Optional.of(matrix), activation, residual);
    }

    public Epilogue withActivation(Activation other) {
        return new Epilogue(addend, other, residual);
    }

    public Epilogue withResidual(Matrix matrix) {
        return new Epilogue(addend, activation, Optional.of(matrix));
    }
}
