package dev.nereid.bench.engine;

import dev.nereid.tensor.Tensor;
import java.util.List;

/** One side of a comparison: a loaded model that can be run again and again on the same inputs. */
interface Engine extends AutoCloseable {
    /** Takes the inputs of all later runs. */
    void bind(List<Tensor> inputs);

    /** One inference, outputs included. */
    void run();

    /** The elements of the first output of a run, for the agreement check. */
    float[] firstOutput();

    @Override
    void close();
}
