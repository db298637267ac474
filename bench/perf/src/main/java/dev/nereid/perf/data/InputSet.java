package dev.nereid.perf.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All requests that a load may send: streams of steps. A load without sequences takes the steps of all streams in turns; a
 * sequence takes one stream, step by step, and begins it anew when it is longer.
 *
 * @param streams at least one, none of them empty
 */
public record InputSet(List<List<Step>> streams) {
    /**
     * What an entry of a file says beside its inputs.
     *
     * @param expected outputs that the answer has to have; empty for any answer
     * @param body the request's body as it is to be sent
     * @param timestampMillis when to send it in a fixed schedule; below 0 where none is given
     * @param session that the entry belongs to; empty for none
     * @param delayMillis between the answer and the next entry of the session
     */
    public record Extras(
            List<InputTensor> expected,
            Optional<String> body,
            double timestampMillis,
            String session,
            double delayMillis) {
        /** Of an entry that has inputs only. */
        public static final Extras NONE = new Extras(List.of(), Optional.empty(), -1, "", 0);

        public Extras {
            expected = List.copyOf(expected);
        }
    }

    /**
     * The content of one request.
     *
     * @param weight how often it is sent beside the others
     */
    public record Step(List<InputTensor> inputs, double weight, Extras extras) {
        public Step {
            inputs = List.copyOf(inputs);
        }

        /** A step with inputs only. */
        public Step(List<InputTensor> inputs, double weight) {
            this(inputs, weight, Extras.NONE);
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

    /** All steps in the order of their timestamps. */
    public List<Step> byTime() {
        List<Step> steps = steps();
        if (steps.stream().anyMatch(step -> step.extras().timestampMillis() < 0)) {
            throw new IllegalArgumentException("--fixed-schedule: every entry of the input data needs a 'timestamp'");
        }
        return steps.stream()
                .sorted(Comparator.comparingDouble(step -> step.extras().timestampMillis()))
                .toList();
    }

    /** The steps of each session, in the order of the file. */
    public List<List<Step>> sessions() {
        Map<String, List<Step>> sessions = new LinkedHashMap<>();
        for (Step step : steps()) {
            if (step.extras().session().isEmpty()) {
                throw new IllegalArgumentException(
                        "--session-concurrency: every entry of the input data needs a 'session_id'");
            }
            sessions.computeIfAbsent(step.extras().session(), _ -> new ArrayList<>())
                    .add(step);
        }
        return List.copyOf(sessions.values());
    }
}
