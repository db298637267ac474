package dev.nereid.server.trace;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What is noted of one request to one model. Any thread. */
final class Span implements RequestTrace {
    /** The parent of a client's request. */
    static final long NO_PARENT = 0;

    /** Of a model that has not taken the request. */
    static final long NO_VERSION = -1;

    private static final long BYTES_A_MOMENT = 48;

    /** Where a request has responses without end, those that are noted have one. */
    private static final int MOST_STAMPS = 10_000;

    /** No more tensors are noted beyond. */
    private static final long MOST_SNAPSHOT_BYTES = 16 << 20;

    /**
     * Something that happened.
     *
     * @param name the moment's, or what the backend calls it
     */
    record Stamp(Moment moment, String name, long nanos) {}

    /** A tensor as it was. */
    record TensorSnapshot(Activity activity, String name, TensorText tensor) {}

    private final Trace trace;
    private final long id;
    private final long parentId;
    private final String requestId;
    /** All that follows under this. */
    private String model;

    private long version = NO_VERSION;
    private Optional<Execution> execution = Optional.empty();
    private final List<Stamp> stamps = new ArrayList<>(16);
    private final List<TensorSnapshot> snapshots = new ArrayList<>(0);
    private long snapshotBytes;
    private boolean ended;

    Span(Trace trace, long id, long parentId, InferRequest.Header header) {
        this.trace = trace;
        this.id = id;
        this.parentId = parentId;
        this.requestId = header.id();
        this.model = header.modelName();
    }

    long id() {
        return id;
    }

    /** The span that this is a step of; {@link #NO_PARENT} for none. */
    long parentId() {
        return parentId;
    }

    /** Empty where the client gave none. */
    String requestId() {
        return requestId;
    }

    synchronized String model() {
        return model;
    }

    synchronized long version() {
        return version;
    }

    /** In the order of time. */
    synchronized List<Stamp> stamps() {
        return stamps.stream()
                .sorted(Comparator.comparingLong(Stamp::nanos).thenComparing(Stamp::moment))
                .toList();
    }

    synchronized List<TensorSnapshot> snapshots() {
        return List.copyOf(snapshots);
    }

    synchronized long weight() {
        return BYTES_A_MOMENT * (1 + stamps.size()) + requestId.length() + model.length() + snapshotBytes;
    }

    @Override
    public synchronized void takenBy(String name, long taken) {
        model = name;
        version = taken;
    }

    @Override
    public synchronized void executedIn(Execution executed) {
        execution = Optional.of(executed);
    }

    /** Empty where there was none: the request failed before, or a cache had its answer. */
    synchronized Optional<Execution> execution() {
        return execution;
    }

    @Override
    public void at(Moment moment, long nanos) {
        note(new Stamp(moment, moment.name(), nanos));
    }

    @Override
    public void activity(String name, long nanos) {
        note(new Stamp(Moment.CUSTOM_ACTIVITY, name, nanos));
    }

    private synchronized void note(Stamp stamp) {
        if (trace.sampler().timestamps() && (stamps.size() < MOST_STAMPS || stamp.moment() == Moment.REQUEST_END)) {
            stamps.add(stamp);
        }
    }

    @Override
    public boolean wantsTensors() {
        return trace.sampler().tensors();
    }

    @Override
    public void tensor(Activity activity, String name, Tensor tensor) {
        TensorSnapshot snapshot = new TensorSnapshot(activity, name, TensorText.of(tensor));
        synchronized (this) {
            if (snapshotBytes < MOST_SNAPSHOT_BYTES) {
                snapshots.add(snapshot);
                snapshotBytes += snapshot.tensor().weight();
            }
        }
    }

    @Override
    public Optional<RequestTrace> step(InferRequest.Header header) {
        return trace.step(header, id);
    }

    @Override
    public void end(long nanos) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            at(Moment.REQUEST_END, nanos);
        }
        trace.leave();
    }
}
