package dev.nereid.kernels.matmul;

import java.util.Objects;
import java.util.Optional;

/**
 * What a product kernel does beside multiplying: {@code c = activation(addend + a * b) + residual}. The sum over k
 * starts at the addend, so that a product accumulates if the addend is c itself.
 *
 * @param addend a matrix of c's shape with any strides; a bias is a repeated row or a repeated column
 * @param residual a matrix of c's shape with contiguous rows; must not overlap c unless it is c
 */
public record Epilogue(Optional<Matrix> addend, Activation activation, Optional<Matrix> residual) {
    /** The bare product. */
    public static final Epilogue NONE = new Epilogue(Optional.empty(), Activation.NONE, Optional.empty());

    public Epilogue {
        Objects.requireNonNull(addend, "addend");
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(residual, "residual");
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
