package dev.nereid.perf.model;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.Set;

/** A server that cannot be reached or does not do what it is asked. */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What calls end with where the other side does not speak gRPC, whatever it does speak. */
    private static final Set<Status.Code> UNREAD = EnumSet.of(
            Status.Code.UNAVAILABLE, Status.Code.UNKNOWN, Status.Code.INTERNAL, Status.Code.DEADLINE_EXCEEDED);

    /** A call over gRPC that ended with another status than OK; what the status says of the client's inside is left out. */
    static ServerException refused(StatusRuntimeException e) {
        Status status = e.getStatus();
        String description = status.getDescription() == null
                ? ""
                : ": " + status.getDescription().lines().findFirst().orElse("");
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String cause = e.getCause() == null || root.getMessage() == null ? "" : ": " + root.getMessage();
        return new ServerException("the server answered " + status.getCode() + description + cause, e);
    }

    public ServerException(String message) {
        super(message);
    }

    public ServerException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether nothing came that could be read, so that something else may be there than was expected. */
    public boolean isUnread() {
        return getCause() instanceof StatusRuntimeException e
                ? UNREAD.contains(e.getStatus().getCode())
                : getCause() instanceof IOException && !(getCause() instanceof UnknownHostException);
    }
}
