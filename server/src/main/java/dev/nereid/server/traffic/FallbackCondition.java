package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import java.util.Arrays;
import java.util.Optional;

/** Why a request may be given to the fallback. */
public enum FallbackCondition {
    /** The version, or the model, is not there, or its queue is closed. */
    UNAVAILABLE("unavailable"),
    /** There is too much to do: a full queue, no memory. */
    OVERLOADED("overloaded"),
    /** The request's time is over. */
    DEADLINE("deadline");

    private final String text;

    FallbackCondition(String text) {
        this.text = text;
    }

    /** As documents write it. */
    String text() {
        return text;
    }

    static Optional<FallbackCondition> find(String text) {
        return Arrays.stream(values())
                .filter(condition -> condition.text.equals(text))
                .findFirst();
    }

    /** The condition that an error stands for. */
    static Optional<FallbackCondition> of(InferException error) {
        return switch (error.code()) {
            case RESOURCE_EXHAUSTED -> Optional.of(OVERLOADED);
            case DEADLINE_EXCEEDED -> Optional.of(DEADLINE);
            case UNAVAILABLE ->
                Optional.of(error.refusal()
                        .map(refusal -> switch (refusal) {
                            case OVERLOADED -> OVERLOADED;
                            case EXPIRED -> DEADLINE;
                        })
                        .orElse(UNAVAILABLE));
            default -> Optional.empty();
        };
    }
}
