package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.schedule.BatchSizes;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** What a request must say to be one of a sequence; the texts are Triton's. Immutable. */
final class SequenceRules {
    private final String model;
    private final BatchSizes batchSizes;
    private final boolean iterative;
    private final Optional<String> correlationName;
    private final Optional<DataType> correlationType;

    SequenceRules(ModelConfig config, ControlTensors controls) {
        model = config.getName();
        batchSizes = new BatchSizes(config);
        iterative = config.getSequenceBatching().getIterativeSequence();
        correlationName = controls.correlationName();
        correlationType = controls.correlationType();
    }

    /** Whether the id names a sequence. */
    static boolean inSequence(CorrelationId id) {
        return switch (id) {
            case CorrelationId.Numeric number -> number.value() != 0;
            case CorrelationId.Textual text -> !text.value().isEmpty();
        };
    }

    /** Whether the model's CORRID is a string. */
    boolean wantsText() {
        return correlationType.filter(type -> type == DataType.STRING).isPresent();
    }

    /**
     * Checks what does not depend on the sequences that there are.
     *
     * @throws InferException with the first thing that is wrong
     */
    void check(InferRequest request) {
        CorrelationId id = request.header().correlationId();
        // An iterative sequence without an id gets one that suits the model.
        boolean named = inSequence(id) || !iterative;
        if (named && correlationType.isPresent() && (id instanceof CorrelationId.Textual) != wantsText()) {
            throw InferException.invalid(
                    request.header().prefix() + "sequence batching control '" + correlationName.orElseThrow()
                            + "' data-type is '"
                            + (wantsText() ? DataType.UINT64 : DataType.STRING).protocolName()
                            + "', but model '" + model + "' expects '"
                            + correlationType.get().protocolName() + "'");
        }
        if (batchSizes.of(request) > 1) {
            throw InferException.invalid("inference request to model '" + model
                    + "' must specify batch-size 1 due to requirements of sequence batcher");
        }
        if (named && !inSequence(id)) {
            throw InferException.invalid(
                    "inference request to model '" + model + "' must specify a non-zero or non-empty correlation ID");
        }
    }

    /** The error for a request that continues a sequence that there is not. */
    InferException notStarted(CorrelationId id) {
        return InferException.invalid("inference request for sequence " + id.text() + " to model '" + model
                + "' must specify the START flag on the first request of the sequence");
    }
}
