package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where in a sequence the requests stand that are made of a tensor. */
record SequenceMark(CorrelationId id, boolean start, boolean end) {
    private static final String ID = "sequence_id";
    private static final String START = "sequence_start";
    private static final String END = "sequence_end";

    static SequenceMark of(InferRequest.Header header) {
        return new SequenceMark(header.correlationId(), header.sequenceStart(), header.sequenceEnd());
    }

    /**
     * The mark of what a step has given: its own, or what its response says. A response that says anything says all of
     * the flags.
     *
     * @throws InferException if a parameter is of the wrong type
     */
    SequenceMark overriddenBy(Map<String, Parameter> response) {
        Parameter newId = response.get(ID);
        Parameter newStart = response.get(START);
        Parameter newEnd = response.get(END);
        if (newId == null && newStart == null && newEnd == null) {
            return this;
        }
        return new SequenceMark(newId == null ? id : id(newId), flag(START, newStart), flag(END, newEnd));
    }

    /** Adds the mark to the parameters of a response. */
    void addTo(Map<String, Parameter> response) {
        response.put(
                ID,
                switch (id) {
                    case CorrelationId.Numeric number -> new Parameter.Int(number.value());
                    case CorrelationId.Textual text -> new Parameter.Text(text.value());
                });
        response.put(START, new Parameter.Bool(start));
        response.put(END, new Parameter.Bool(end));
    }

    private static CorrelationId id(Parameter parameter) {
        return switch (parameter) {
            case Parameter.Int number -> new CorrelationId.Numeric(number.value());
            case Parameter.Text text -> new CorrelationId.Textual(text.value());
            case Parameter.Bool _, Parameter.Real _ ->
                throw InferException.invalid("expected parameter 'sequence_id' to be TRITONSERVER_PARAMETER_INT or "
                        + "TRITONSERVER_PARAMETER_STRING");
        };
    }

    private static boolean flag(String name, @Nullable Parameter parameter) {
        if (parameter == null) {
            return false;
        }
        if (parameter instanceof Parameter.Bool flag) {
            return flag.value();
        }
        throw InferException.invalid("expect parameter '" + name + "' to be TRITONSERVER_PARAMETER_BOOL");
    }
}
