package dev.nereid.perf.client;

import dev.nereid.perf.data.InputTensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compares answers with what an input file says they have to be. */
final class Expectation {
    private Expectation() {}

    /**
     * The first difference.
     *
     * @param outputs the elements of each output, as requests carry them
     */
    static Optional<Failure> difference(List<InputTensor> expected, Map<String, ByteBuffer> outputs) {
        for (InputTensor output : expected) {
            ByteBuffer actual = outputs.get(output.name());
            if (actual == null) {
                return wrong("the answer has no output '" + output.name() + "'");
            }
            int at = output.content().mismatch(actual);
            if (at >= 0) {
                return wrong("output '" + output.name() + "' differs from validation_data at byte " + at + " of "
                        + output.content().remaining());
            }
        }
        return Optional.empty();
    }

    private static Optional<Failure> wrong(String message) {
        return Optional.of(new Failure(Failure.Kind.WRONG, message));
    }
}
