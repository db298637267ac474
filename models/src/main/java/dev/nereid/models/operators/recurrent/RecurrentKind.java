package dev.nereid.models.operators.recurrent;

import java.util.List;

/**
 * What tells the recurrent layers apart.
 *
 * <p>A layer's weights W: [directions, gates * hidden, input] and R: [directions, gates * hidden, hidden] hold the gates
 * one after the other: the one of RNN; update, reset, hidden of GRU; input, output, forget, cell of LSTM.
 */
public enum RecurrentKind {
    RNN(1, List.of("Tanh")),
    GRU(3, List.of("Sigmoid", "Tanh")),
    LSTM(4, List.of("Sigmoid", "Tanh", "Tanh"));

    private final int gates;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> activations;

    RecurrentKind(int gates, List<String> activations) {
        this.gates = gates;
        this.activations = activations;
    }

    public int gates() {
        return gates;
    }

    /** The functions f, g and h of one direction where the node names none. */
    public List<String> activations() {
        return activations;
    }

    /** Whether a cell state is carried beside the hidden state. */
    public boolean hasCellState() {
        return this == LSTM;
    }
}
