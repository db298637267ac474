package dev.nereid.server.trace;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.protocol.ResponseSink;
import java.util.concurrent.atomic.AtomicBoolean;

/** The front's part of a trace. */
final class RecordingFrontTrace implements FrontTrace {
    private final Trace trace;
    private final Span root;
    private final FrontMoments moments;
    private final AtomicBoolean closed = new AtomicBoolean();

    RecordingFrontTrace(Trace trace, Span root, FrontMoments moments) {
        this.trace = trace;
        this.root = root;
        this.moments = moments;
    }

    @Override
    public ResponseSink watch(ResponseSink sink) {
        return new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                complete();
                sink.respond(response, last);
            }

            @Override
            public void failOne(InferException error) {
                complete();
                sink.failOne(error);
            }

            @Override
            public void fail(InferException error) {
                complete();
                sink.fail(error);
            }

            @Override
            public void end() {
                complete();
                sink.end();
            }
        };
    }

    private void complete() {
        root.at(Moment.INFER_RESPONSE_COMPLETE, System.nanoTime());
    }

    @Override
    public void sendStart() {
        root.at(moments.sendStart(), System.nanoTime());
    }

    @Override
    public void sendEnd() {
        root.at(moments.sendEnd(), System.nanoTime());
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            trace.leave();
        }
    }
}
