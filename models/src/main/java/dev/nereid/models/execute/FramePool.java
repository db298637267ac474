package dev.nereid.models.execute;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.plan.Plan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The frames of one plan: lent to runs, kept bound between them. Any thread. */
final class FramePool implements AutoCloseable {
    /** Frames kept for reuse; more than run at a time are idle memory. */
    private static final int RETAINED = 8;

    private final Plan plan;
    private final SlabPool memory;
    private final int retained;
    private final CheckedShapes checkedShapes = new CheckedShapes();
    private final Deque<Frame> idle = new ArrayDeque<>();
    private int lent;
    private boolean closed;

    FramePool(Plan plan, SlabPool memory) {
        this(plan, memory, RETAINED);
    }

    FramePool(Plan plan, SlabPool memory, int retained) {
        this.plan = plan;
        this.memory = memory;
        this.retained = retained;
    }

    /** A frame for a run of these inputs, best one that is bound to their shapes. */
    synchronized Frame take(List<RunValue> inputs) {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
        lent++;
        for (Iterator<Frame> frames = idle.iterator(); frames.hasNext(); ) {
            Frame frame = frames.next();
            if (frame.isBoundTo(inputs)) {
                frames.remove();
                return frame;
            }
        }
        Frame any = idle.size() < retained ? null : idle.pollLast();
        return any != null ? any : new Frame(plan, memory, checkedShapes);
    }

    /** The run's outputs are read no more. */
    void giveBack(Frame frame) {
        frame.finish();
        Frame victim = frame;
        synchronized (this) {
            lent--;
            if (!closed) {
                idle.addFirst(frame);
                victim = idle.size() > retained ? idle.pollLast() : null;
            }
            notifyAll();
        }
        if (victim != null) {
            victim.close();
        }
    }

    /** Frees the memory of idle frames. */
    void trim() {
        Deque<Frame> victims;
        synchronized (this) {
            victims = new ArrayDeque<>(idle);
            idle.clear();
        }
        victims.forEach(Frame::close);
    }

    /** Refuses further runs, waits for those under way, and frees every frame. */
    @Override
    public void close() {
        boolean interrupted = false;
        synchronized (this) {
            closed = true;
            while (lent > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        trim();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
