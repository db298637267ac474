package dev.nereid.server.schedule;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Lets the answers of a model's requests out in the order in which the requests were taken from the queue. A request
 * has its place from that moment on, so that batches in flight on several instances keep their order too. Only the
 * first request that is not finished speaks: all its responses pass as they come, those of later requests wait.
 *
 * <p>Triton makes the place only when a response arrives, and leaves an empty one at the head after a response that is
 * not the last; neither is copied. Any thread; no lock is held while an answer is handed over.
 */
public final class ResponseOrder {
    private final Deque<Place> places = new ArrayDeque<>();
    private boolean delivering;

    /** Reserves the next place; the answers go through what is returned, on to {@code sink} when it is their turn. */
    public synchronized ResponseSink enter(ResponseSink sink) {
        Place place = new Place(sink);
        places.addLast(place);
        return place;
    }

    private void add(Place place, Runnable answer, boolean last) {
        synchronized (this) {
            place.answers.add(answer);
            place.finished = last;
            if (delivering) {
                return;
            }
            delivering = true;
        }
        Runnable next = next();
        while (next != null) {
            next.run();
            next = next();
        }
    }

    /** The next answer whose turn it is; null, and delivery has ended, where there is none. */
    private synchronized @Nullable Runnable next() {
        while (!places.isEmpty()) {
            Place first = places.getFirst();
            Runnable answer = first.answers.poll();
            if (answer != null) {
                return answer;
            }
            if (!first.finished) {
                break;
            }
            places.removeFirst();
        }
        delivering = false;
        return null;
    }

    /** One request's place in the order. */
    private final class Place implements ResponseSink {
        private final ResponseSink sink;
        private final Queue<Runnable> answers = new ArrayDeque<>();
        private boolean finished;

        private Place(ResponseSink sink) {
            this.sink = sink;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            add(this, () -> sink.respond(response, last), last);
        }

        @Override
        public void failOne(InferException error) {
            add(this, () -> sink.failOne(error), false);
        }

        @Override
        public void fail(InferException error) {
            add(this, () -> sink.fail(error), true);
        }

        @Override
        public void end() {
            add(this, sink::end, true);
        }
    }
}
