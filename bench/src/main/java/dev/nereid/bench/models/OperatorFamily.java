package dev.nereid.bench.models;

import java.util.List;

/**
 * Operators of one kind in several sizes.
 *
 * @param name without spaces, as the command line has it
 * @param goal how much faster than ONNX Runtime they are to be, as the geometric mean of the ratios
 * @param least the ratio that each is to have
 */
public record OperatorFamily(String name, double goal, double least, List<OperatorModel> models) {
    public OperatorFamily {
        models = List.copyOf(models);
    }

    /** A family whose every member is to reach the goal. */
    public static OperatorFamily of(String name, double goal, OperatorModel... models) {
        return new OperatorFamily(name, goal, goal, List.of(models));
    }
}
