package dev.nereid.cuda.device;

import java.util.Objects;

/**
 * One pass of a recurrent layer on a device: over all steps, forward or backward. Addresses of 0 are none. Gates lie one
 * after the other as ONNX has them: z, r, h of GRU; i, o, f, c of LSTM.
 *
 * @param input what comes of X: [steps, batch, gates * hidden], with W's bias
 * @param r [gates * hidden, hidden]
 * @param bias R's: [gates * hidden]
 * @param states hidden states: [2, batch, hidden]; the first half has the initial ones
 * @param cells [batch, hidden]: LSTM's cell states, at first the initial ones; scratch memory of GRU
 * @param y where the states of time 0 go: [batch, hidden]
 * @param yStride elements from one time of y to the next
 * @param lengths steps of each sequence: INT32 [batch]
 * @param clip the greatest magnitude of what goes into a function; infinite for none
 * @param linear whether GRU resets the product of its states, and not the states
 */
public record DeviceRecurrentPass(
        Kind kind,
        int steps,
        int batch,
        int hidden,
        long input,
        long r,
        long bias,
        long states,
        long cells,
        long y,
        int yStride,
        long lengths,
        boolean reversed,
        float clip,
        boolean linear) {
    /** The layers, with sigmoid for gates and tanh for states. */
    public enum Kind {
        RNN,
        GRU,
        LSTM
    }

    public DeviceRecurrentPass {
        Objects.requireNonNull(kind, "kind");
    }

    /** Elements of one state of all sequences. */
    public int stateLength() {
        return Math.multiplyExact(batch, hidden);
    }

    /** Where the hidden states are after a number of steps. */
    public long statesAfter(int step) {
        return states + (step % 2 == 0 ? 0 : (long) Float.BYTES * stateLength());
    }
}
