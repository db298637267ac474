package dev.nereid.bench.engine;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** One side of a comparison: a loaded model that can be run again and again on the same inputs. */
interface Engine extends AutoCloseable {
    /** What a run must be given. */
    List<InputPort> inputs();

    /** Takes the inputs of all later runs, by name, in place of those before; they outlive these runs. */
    void bind(Map<String, Tensor> tensors);

    /** One inference, outputs included. */
    void run();

    /** The numbers of every output of a run, for the agreement check; of one that holds none an empty array. */
    List<double[]> outputs();

    @Override
    void close();
}
