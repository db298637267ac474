package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * A tensor as PyTorch's code sees it: something that may be written in place, and views of which share what is written.
 * The graph knows values only, so writing gives the reference another value; a write through a view puts the value back
 * into the tensor that it is a view of, and other views are made anew when they are read next. Used by one thread.
 */
public final class TensorReference {
    /**
     * How a view comes from its base, and a write to it goes back.
     *
     * @param base what it is a view of; may be a view itself
     * @param take the base's value to the view's
     * @param put the base's value and the view's new value to the base's new value
     */
    private record View(TensorReference base, UnaryOperator<Value> take, BinaryOperator<Value> put) {}

    private final Optional<View> view;
    private Value value;
    /** The value of the base that {@link #value} was taken from. */
    private Optional<Value> takenFrom;

    private TensorReference(Optional<View> view, Value value, Optional<Value> takenFrom) {
        this.view = view;
        this.value = Objects.requireNonNull(value, "value");
        this.takenFrom = takenFrom;
    }

    /** A tensor of its own. */
    public static TensorReference of(Value value) {
        return new TensorReference(Optional.empty(), value, Optional.empty());
    }

    /**
     * A view of this tensor.
     *
     * @param take this tensor's value to the view's; called now, and again whenever this tensor was written since
     * @param put this tensor's value and the view's new value to this tensor's new value
     */
    public TensorReference view(UnaryOperator<Value> take, BinaryOperator<Value> put) {
        Value base = value();
        return new TensorReference(Optional.of(new View(this, take, put)), take.apply(base), Optional.of(base));
    }

    /** Whether it is a view of another tensor. */
    public boolean isView() {
        return view.isPresent();
    }

    /** What the tensor holds now. */
    public Value value() {
        if (view.isPresent()) {
            Value base = view.get().base().value();
            if (!takenFrom.equals(Optional.of(base))) {
                value = view.get().take().apply(base);
                takenFrom = Optional.of(base);
            }
        }
        return value;
    }

    /** The tensor that this is a view of, or a view of a view; itself where it is none. */
    public TensorReference root() {
        return view.map(each -> each.base().root()).orElse(this);
    }

    /** Writes the tensor in place: {@code written} has its type and shape. */
    public void write(Value written) {
        if (view.isPresent()) {
            TensorReference base = view.get().base();
            Value whole = view.get().put().apply(base.value(), written);
            base.write(whole);
            takenFrom = Optional.of(base.value());
        }
        value = written;
    }
}
