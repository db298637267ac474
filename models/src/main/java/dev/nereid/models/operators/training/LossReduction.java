package dev.nereid.models.operators.training;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.Arrays;
import java.util.Locale;

/** What becomes of the losses of all positions: ONNX attribute {@code reduction}. */
enum LossReduction {
    /** They stay as they are. */
    NONE,
    SUM,
    /** Their sum, divided by the sum of the weights that they were multiplied with. */
    MEAN;

    static LossReduction of(Attributes attributes) {
        String name = attributes.text("reduction", "mean");
        for (LossReduction reduction : values()) {
            if (reduction.name().toLowerCase(Locale.ROOT).equals(name)) {
                return reduction;
            }
        }
        throw new ModelFormatException("attribute 'reduction': expected one of "
                + Arrays.toString(values()).toLowerCase(Locale.ROOT) + ", got '" + name + "'");
    }
}
