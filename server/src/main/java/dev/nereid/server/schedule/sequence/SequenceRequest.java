package dev.nereid.server.schedule.sequence;

import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.schedule.BatchMember;
import dev.nereid.server.schedule.BatchRun;
import dev.nereid.server.schedule.ScheduledRequest;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request of a sequence. Its place changes under the scheduler's lock; its instance's thread executes it. */
final class SequenceRequest implements BatchMember {
    /** Is told that an instance is done with a request. */
    interface Owner {
        /** The request is answered. */
        void answered(SequenceRequest request);

        /** The request is answered, and was cancelled while it ran: its sequence lacks a step. */
        void cancelled(SequenceRequest request);

        /**
         * The request wants to run again.
         *
         * @throws InferException if the model has no iterative sequences, or the sequence has been idle for too long
         */
        void rescheduled(SequenceRequest request);
    }

    private final ScheduledRequest scheduled;
    private final Owner owner;
    private final SequenceMemory memory;
    private final Sequence sequence;
    private boolean start;
    private boolean end;
    private long readyNanos;
    private @Nullable Slot slot;
    private volatile boolean givenBack;

    SequenceRequest(
            ScheduledRequest scheduled,
            Sequence sequence,
            boolean start,
            boolean end,
            SequenceMemory memory,
            Owner owner) {
        this.scheduled = scheduled;
        this.sequence = sequence;
        this.start = start;
        this.end = end;
        this.memory = memory;
        this.owner = owner;
        this.readyNanos = scheduled.enqueuedNanos();
    }

    ScheduledRequest scheduled() {
        return scheduled;
    }

    Sequence sequence() {
        return sequence;
    }

    boolean isEnd() {
        return end;
    }

    /** When it could have run but for its batch. */
    long readyNanos() {
        return readyNanos;
    }

    void readyAt(long nanos) {
        readyNanos = nanos;
    }

    /** The slot that its sequence holds. */
    Slot slot() {
        return Objects.requireNonNull(slot, "a request in the backlog has no slot");
    }

    void assign(Slot newSlot) {
        slot = newSlot;
    }

    /** Makes the tensors that its model will ask for. */
    void prepare() {
        sequence.prepare(memory);
    }

    @Override
    public InferRequest request() {
        return scheduled.request();
    }

    @Override
    public Optional<Tensor> input(String name) {
        Optional<Tensor> added = added(name);
        return added.isPresent() ? added : scheduled.input(name);
    }

    @Override
    public boolean isAdded(String name) {
        return added(name).isPresent();
    }

    private Optional<Tensor> added(String name) {
        for (SequenceState state : sequence.states()) {
            if (state.template().inputName().equals(name)) {
                return Optional.of(state.input());
            }
        }
        ControlTensors controls = memory.controls();
        return controls.correlationName().filter(name::equals).isPresent()
                ? sequence.correlation()
                : controls.flag(name, start, end, true);
    }

    @Override
    public List<ImplicitState> states() {
        return List.copyOf(sequence.states());
    }

    @Override
    public void start(BatchRun run) {
        givenBack = false;
        scheduled.start(run);
    }

    @Override
    public void stage(Stage stage) {
        scheduled.stage(stage);
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        scheduled.respond(response, last);
        if (last) {
            owner.answered(this);
        }
    }

    @Override
    public void failOne(InferException error) {
        scheduled.failOne(error);
    }

    @Override
    public void fail(InferException error) {
        scheduled.fail(error);
        if (error.code() == InferException.Code.CANCELLED) {
            owner.cancelled(this);
        } else {
            owner.answered(this);
        }
    }

    @Override
    public void succeedWith(InferException error) {
        scheduled.succeedWith(error);
        owner.answered(this);
    }

    @Override
    public void end() {
        scheduled.end();
        owner.answered(this);
    }

    @Override
    public void reschedule() {
        if (isReleased()) {
            throw new IllegalStateException("a request that is answered or given back cannot be rescheduled");
        }
        owner.rescheduled(this);
    }

    /** Marks it as given back by its backend. When it runs again it is neither the first nor the last of its sequence. */
    void giveBack(long nowNanos) {
        givenBack = true;
        start = false;
        end = false;
        readyNanos = nowNanos;
    }

    @Override
    public boolean isReleased() {
        return givenBack || scheduled.isReleased();
    }

    @Override
    public long batchSize() {
        return 1;
    }

    @Override
    public long inputBytes() {
        return scheduled.inputBytes();
    }
}
