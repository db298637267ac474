package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Tensor;

/**
 * One implicit state of one sequence: what its next request reads, and room for what that request writes. Used by the thread
 * that runs the sequence's request, of which there is one at a time.
 */
final class SequenceState implements ImplicitState, AutoCloseable {
    private final StateTemplate template;
    private StateBuffer current;
    private StateBuffer next;
    private boolean written;

    /** The initial state, at a sequence's START. */
    SequenceState(StateTemplate template, SlabPool memory) {
        this.template = template;
        current = new StateBuffer(template.dataType(), memory);
        next = template.sameBuffer() ? current : new StateBuffer(template.dataType(), memory);
        if (template.initial().isPresent()) {
            current.set(template.initial().get());
        } else {
            current.blank(template.initialShape());
        }
    }

    StateTemplate template() {
        return template;
    }

    /** What the model reads. */
    Tensor input() {
        return current.tensor();
    }

    @Override
    public String outputName() {
        return template.outputName();
    }

    @Override
    public void write(Tensor value) {
        if (value.dataType() != template.dataType()) {
            throw InferException.internal("state '" + template.outputName() + "' is "
                    + template.dataType().protocolName() + ", but the model gave "
                    + value.dataType().protocolName());
        }
        next.set(value);
        written = true;
    }

    @Override
    public void update() {
        if (written) {
            StateBuffer before = current;
            current = next;
            next = before;
            written = false;
        }
    }

    @Override
    public void close() {
        current.close();
        if (next != current) {
            next.close();
        }
    }
}
