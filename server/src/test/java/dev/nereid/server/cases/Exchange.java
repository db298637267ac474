package dev.nereid.server.cases;

import java.util.List;

/** An inference as every protocol can carry it: what is sent, and what comes back. */
final class Exchange {
    private Exchange() {}

    /**
     * One tensor.
     *
     * @param data little-endian, dense; strings each behind their length
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Tensor(String name, String datatype, List<Long> shape, byte[] data) {}

    /**
     * One output that is asked for.
     *
     * @param classes how many classes to answer in place of the output; 0 for the output itself
     */
    record Wanted(String name, int classes) {}

    /**
     * What is sent.
     *
     * @param version empty for the server's choice
     * @param wanted empty for every output
     */
    record Request(String model, String version, String id, List<Tensor> inputs, List<Wanted> wanted) {
        static Request of(String model, Tensor... inputs) {
            return new Request(model, "", "", List.of(inputs), List.of());
        }

        Request want(Wanted... outputs) {
            return new Request(model, version, id, inputs, List.of(outputs));
        }

        Request withVersion(String number) {
            return new Request(model, number, id, inputs, wanted);
        }

        Request withId(String text) {
            return new Request(model, version, text, inputs, wanted);
        }
    }

    /** What comes back. */
    sealed interface Answer {
        record Success(String model, String version, String id, List<Tensor> outputs) implements Answer {}

        record Failure(String text) implements Answer {}
    }
}
