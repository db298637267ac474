package dev.nereid.server.cli;

/** A command line that cannot be followed. The message is the sentence that the user sees; the exit code is 1. */
public final class CommandLineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandLineException(String message) {
        super(message);
    }

    /** A flag whose value was refused, in Triton's words. */
    public static CommandLineException badOption(String name, String reason) {
        return new CommandLineException("Bad option: \"--" + name + "\". " + reason);
    }
}
