package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import java.util.List;

/** A request as its transport sends it, encoded once and sent any number of times. Immutable. */
public interface Payload {
    /** What was encoded. */
    InferenceRequest request();

    /** Outputs that the answer has to have, byte for byte; empty where any answer will do. */
    default List<InputTensor> expected() {
        return request().expected();
    }
}
