package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.List;

/** Maxima and means of windows. A mean counts no padding. */
final class TensorflowPooling {
    private static final AttributeDefaults TWO_AXES =
            AttributeDefaults.NONE.text("data_format", "NHWC").integers("explicit_paddings");
    private static final AttributeDefaults THREE_AXES = AttributeDefaults.NONE.text("data_format", "NDHWC");

    private TensorflowPooling() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("MaxPool", TWO_AXES, call -> pool(call, "MaxPool", 4)),
                row("AvgPool", TWO_AXES, call -> pool(call, "AveragePool", 4)),
                row("MaxPool3D", THREE_AXES, call -> pool(call, "MaxPool", 5)),
                row("AvgPool3D", THREE_AXES, call -> pool(call, "AveragePool", 5)));
    }

    private static Value pool(TensorflowCall call, String operator, int rank) {
        Windows windows = new Windows(call, rank);
        return windows.around(
                call.input(0),
                x -> call.graph()
                        .node(
                                operator,
                                windows.attributes()
                                        .with("kernel_shape", OnnxAttributes.integerValues(windows.numbers("ksize"))),
                                x));
    }
}
