package dev.nereid.server.http;

import dev.nereid.server.observe.AccessLog;
import dev.nereid.server.protocol.CallRecord;
import io.grpc.Context;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Has the access log written: hands each call on, and logs it when it is answered. */
final class LoggedCalls implements Handler {
    private static final HeaderName TRACE_PARENT = HeaderNames.create("traceparent");

    /** What web servers log of a call whose client went away before it was answered. */
    private static final String UNANSWERED = "499";

    private static final int LEAST_ERROR = 400;

    private final Dispatcher calls;
    private final AccessLog log;

    LoggedCalls(Dispatcher calls, AccessLog log) {
        this.calls = calls;
        this.log = log;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        CallRecord call = new CallRecord("HTTP");
        call.from(request.remotePeer().address());
        request.headers().first(TRACE_PARENT).ifPresent(call::tracedBy);
        try {
            call.in(Context.current()).run(() -> calls.handle(request, response));
        } finally {
            boolean answered = response.isSent() || response.bytesWritten() > 0;
            int status = response.status().code();
            log.write(
                    call,
                    new AccessLog.Outcome(
                            answered ? Integer.toString(status) : UNANSWERED,
                            !answered || status >= LEAST_ERROR,
                            request.headers().contentLength().orElse(0),
                            response.bytesWritten()));
        }
    }
}
