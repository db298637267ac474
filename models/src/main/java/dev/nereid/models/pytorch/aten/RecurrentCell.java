package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Kinds of recurrent cells: PyTorch's gates and the operators of ONNX that have the same in another order. */
enum RecurrentCell {
    /** Gates i, f, g, o; those of ONNX are i, o, f, c. */
    LSTM("lstm", "LSTM", 2, 0, 3, 1, 2),
    /** Gates r, z, n; those of ONNX are z, r, h. */
    GRU("gru", "GRU", 1, 1, 0, 2),
    RNN_TANH("rnn_tanh", "RNN", 1, 0),
    RNN_RELU("rnn_relu", "RNN", 1, 0);

    private final String atenName;
    private final String operator;
    private final int states;

    @SuppressWarnings("ImmutableEnumChecker") // a copy
    private final List<Integer> order;

    RecurrentCell(String atenName, String operator, int states, Integer... order) {
        this.atenName = atenName;
        this.operator = operator;
        this.states = states;
        this.order = List.of(order);
    }

    String atenName() {
        return atenName;
    }

    /** ONNX's operator. */
    String operator() {
        return operator;
    }

    /** How many states it has: h, or h and c. */
    int states() {
        return states;
    }

    /** For each gate of ONNX its number in PyTorch. */
    List<Integer> order() {
        return order;
    }

    Map<String, Attribute> attributes(int directions, long hidden) {
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("hidden_size", OnnxAttributes.integerValue(hidden));
        attributes.put("direction", OnnxAttributes.textValue(directions == 2 ? "bidirectional" : "forward"));
        if (this == GRU) {
            attributes.put("linear_before_reset", OnnxAttributes.integerValue(1));
        }
        if (this == RNN_RELU) {
            attributes.put("activations", new Attribute.Texts(java.util.Collections.nCopies(directions, "Relu")));
        }
        return attributes;
    }
}
