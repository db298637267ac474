package dev.nereid.bench.perf.data;

import java.util.List;

/**
 * All requests that a load may send: streams of steps. A load without sequences takes the steps of all streams in turns; a
 * sequence takes one stream, step by step, and begins it anew when it is longer.
 *
 * @param streams at least one, none of them empty
 */
public record InputSet(List<List<Step>> streams) {
    /**
     * The content of one request.
     *
     * @param weight how often it is sent beside the others
     */
    public record Step(List<InputTensor> inputs, double weight) {
        public Step {
            inputs = List.copyOf(inputs);
        }
    }

    public InputSet {
        if (streams.isEmpty() || streams.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("expected at least one request in the input data");
        }
        streams = streams.stream().map(List::copyOf).toList();
    }

    /** The steps of all streams, one stream after the other. */
    public List<Step> steps() {
        return streams.stream().flatMap(List::stream).toList();
    }
}
