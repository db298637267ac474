package dev.nereid.server.http;

import dev.nereid.server.http.ResponseStream.Event;
import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.FrontTrace;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Runs requests that may have any number of responses, and answers with an event for each, which is sent when it is made.
 * A client that hangs up cancels its request.
 */
final class ResponseEvents {
    private static final byte[] BEGIN = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private ResponseEvents() {}

    /** How the events of a request become an answer; those that it leaves are of no use to the client. */
    @FunctionalInterface
    interface Answer {
        void write(Exchange exchange, ResponseStream events, FrontTrace trace);
    }

    /** How a response looks as JSON. */
    @FunctionalInterface
    interface Form {
        /**
         * The response as one JSON document.
         *
         * @throws InferException if JSON has no form for it
         */
        byte[] json(InferResponse response);
    }

    /**
     * What an event says to the client.
     *
     * @param status what it stands for
     * @param json nothing for an end
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Document(int status, byte[] json) {
        static Document of(Event event, Form form) {
            return switch (event) {
                case Event.Failure failure -> error(failure.error());
                case Event.End _ -> new Document(200, new byte[0]);
                case Event.Response arrived -> {
                    try (InferResponse response = arrived.response()) {
                        yield new Document(200, form.json(response));
                    } catch (InferException e) {
                        yield error(e);
                    }
                }
            };
        }

        private static Document error(InferException error) {
            return new Document(error.code().httpStatus(), ErrorFormat.tritonDocument(error.text()));
        }
    }

    /** Refuses clients that cannot read an answer whose end nobody knows when it begins. */
    static void checkTakesEvents(Exchange exchange, String what) {
        if (!exchange.takesChunks()) {
            throw InferException.invalid(what + " answers in chunks, which HTTP/1.0 does not have");
        }
    }

    /** Runs a request, which the caller closes, and answers it to the end; one that is refused with an ordinary error. */
    static void run(Exchange exchange, Model model, InferRequest request, FrontTrace trace, Answer answer) {
        ResponseStream events = new ResponseStream(request);
        request.answerWhile(events::hasRoom);
        model.infer(request, trace.watch(events));
        if (events.isRefused() && events.next() instanceof Event.Failure refusal) {
            trace.sendStart();
            exchange.respondError(refusal.error(), ContentType.JSON);
            trace.sendEnd();
            return;
        }
        if (GuardedConnection.CURRENT.isBound()) {
            GuardedConnection.CURRENT.get().onHangUp(request::cancel);
        }
        try {
            answer.write(exchange, events, trace);
        } finally {
            // The request's memory is in use until its last event, whatever becomes of the answer.
            if (!events.isOver()) {
                request.cancel();
                events.drain();
            }
        }
        trace.sendEnd();
    }

    /** One event for each response; the status is that of the first. */
    static void answerEach(Exchange exchange, ResponseStream events, FrontTrace trace, Form form) {
        Event event = events.next();
        trace.sendStart();
        long before = exchange.memory().held();
        Document document = Document.of(event, form);
        try {
            OutputStream stream = exchange.chunked(document.status(), ContentType.EVENTS);
            write(stream, document);
            exchange.memory().keep(before);
            while (!event.isLast()) {
                event = events.next();
                write(stream, Document.of(event, form));
                exchange.memory().keep(before);
            }
            stream.close(); // not after a failure: the last chunk says that the answer is whole
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before the last event", e);
        }
    }

    private static void write(OutputStream stream, Document document) throws IOException {
        if (document.json().length > 0) {
            stream.write(BEGIN);
            stream.write(document.json());
            stream.write(END);
            stream.flush();
        }
    }
}
