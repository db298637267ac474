package dev.nereid.models.operators.linear;

import dev.nereid.tensor.Shape;
import java.util.Optional;
import java.util.function.Function;

/**
 * Caches what was prepared for the last input shape, because the next run mostly has the same; for another shape it is
 * prepared again. Any number of threads, of which two may make the same.
 */
final class LastShapeCache<T> {
    private record Entry<T>(Shape shape, T made) {}

    private volatile Optional<Entry<T>> latest = Optional.empty();

    /** The value for the shape, which is prepared now if it is not there. */
    T of(Shape shape, Function<Shape, T> make) {
        Optional<Entry<T>> entry = latest;
        if (entry.isPresent() && entry.get().shape().equals(shape)) {
            return entry.get().made();
        }
        T made = make.apply(shape);
        latest = Optional.of(new Entry<>(shape, made));
        return made;
    }
}
