package dev.nereid.models.execute;

/** A run that failed: says which input or step, what was expected and what came. */
public final class ExecutionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Who has to change something. */
    public enum Fault {
        /** The caller's inputs do not suit the model. */
        INPUT,
        /** A step failed. */
        STEP
    }

    private final Fault fault;

    private ExecutionException(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    private ExecutionException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }

    public static ExecutionException invalid(String message) {
        return new ExecutionException(Fault.INPUT, message);
    }

    static ExecutionException step(String message, Throwable cause) {
        return new ExecutionException(Fault.STEP, message, cause);
    }
}
