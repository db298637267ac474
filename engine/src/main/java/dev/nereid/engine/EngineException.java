package dev.nereid.engine;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;

/** Everything that this API refuses or fails at: a code for programs and one sentence for people. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong, and so who has to change something. */
    public enum Code {
        /** The JVM lacks what the engine needs, such as a flag. */
        UNAVAILABLE,
        /** There is no such file, folder or model version. */
        NOT_FOUND,
        /** The file is no model, or one that this engine does not run. */
        INVALID_MODEL,
        /** An input is missing, unknown or does not suit the model; or an output of that name and type is not there. */
        INVALID_ARGUMENT,
        /** The run failed. */
        RUN_FAILED,
        /** There is not enough native memory; a smaller batch may succeed. */
        OUT_OF_MEMORY,
        /** The engine, model, inputs or outputs are closed. */
        CLOSED
    }

    private final Code code;

    EngineException(Code code, String message) {
        super(message);
        this.code = code;
    }

    EngineException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    static EngineException invalid(String message) {
        return new EngineException(Code.INVALID_ARGUMENT, message);
    }

    /**
     * What a failed load or run means to the caller.
     *
     * @param model names the model in the message
     */
    static EngineException of(String model, RuntimeException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoMemoryException) {
                return new EngineException(Code.OUT_OF_MEMORY, model + ": " + cause.getMessage(), e);
            }
        }
        return switch (e) {
            case EngineException known -> known;
            case ModelFormatException wrong ->
                new EngineException(Code.INVALID_MODEL, model + ": " + wrong.getMessage(), e);
            case ExecutionException run
            when run.fault() == ExecutionException.Fault.INPUT ->
                new EngineException(Code.INVALID_ARGUMENT, model + ": " + run.getMessage(), e);
            default -> new EngineException(Code.RUN_FAILED, model + ": " + e.getMessage(), e);
        };
    }
}
