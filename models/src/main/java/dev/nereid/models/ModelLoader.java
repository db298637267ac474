package dev.nereid.models;

import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.control.ControlOperators;
import dev.nereid.models.operators.elementwise.ElementwiseOperators;
import dev.nereid.models.operators.linear.LinearOperators;
import dev.nereid.models.operators.movement.MovementOperators;
import dev.nereid.models.operators.nn.NnOperators;
import dev.nereid.models.operators.quantized.QuantizedOperators;

/** From a model file to an executable plan. */
public final class ModelLoader {
    private ModelLoader() {}

    /** Every operator that a model may use. */
    public static OperatorSet operators() {
        return new OperatorSet(
                ElementwiseOperators.all(),
                LinearOperators.all(),
                NnOperators.all(),
                MovementOperators.all(),
                ControlOperators.all(),
                QuantizedOperators.all());
    }
}
