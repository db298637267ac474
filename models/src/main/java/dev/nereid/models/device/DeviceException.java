package dev.nereid.models.device;

import java.util.Objects;

/** A device refused something: says what was asked of which device. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Code {
        /** The device has less memory free than was asked for; everything else goes on. */
        OUT_OF_MEMORY,
        /** An index of a run's inputs is outside of what it gathers from; everything else goes on. */
        OUTSIDE,
        /** The device does not do what was asked. */
        FAILED
    }

    private final Code code;

    public DeviceException(Code code, String message) {
        super(message);
        this.code = Objects.requireNonNull(code, "code");
    }

    public Code code() {
        return code;
    }
}
