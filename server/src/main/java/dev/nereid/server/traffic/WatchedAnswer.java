package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Passes the answers of a request on and reports how it ended, once. */
final class WatchedAnswer implements ResponseSink {
    /** Is told how a request ended, before its last answer is passed on. */
    @FunctionalInterface
    interface Ending {
        void ended(Outcome outcome);
    }

    private final ResponseSink sink;
    private final UnaryOperator<InferResponse> mark;
    private final Ending ending;
    private final Predicate<InferException> elsewhere;
    private boolean begun;
    private boolean failed;

    /**
     * Watches one request.
     *
     * @param mark what becomes of each response
     * @param elsewhere is asked whether a request that failed before its first response is answered by somebody else
     */
    WatchedAnswer(
            ResponseSink sink, UnaryOperator<InferResponse> mark, Ending ending, Predicate<InferException> elsewhere) {
        this.elsewhere = elsewhere;
        this.sink = sink;
        this.mark = mark;
        this.ending = ending;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        begun = true;
        if (last) {
            ending.ended(failed ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
        }
        sink.respond(mark.apply(response), last);
    }

    @Override
    public void failOne(InferException error) {
        begun = true;
        failed |= Outcome.of(error) == Outcome.SERVER_ERROR;
        sink.failOne(error);
    }

    @Override
    public void fail(InferException error) {
        ending.ended(failed ? Outcome.SERVER_ERROR : Outcome.of(error));
        if (begun || !elsewhere.test(error)) {
            sink.fail(error);
        }
    }

    @Override
    public void end() {
        ending.ended(failed ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
        sink.end();
    }
}
