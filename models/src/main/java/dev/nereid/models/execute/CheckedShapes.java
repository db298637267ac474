package dev.nereid.models.execute;

import dev.nereid.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shapes of inputs that the steps of a plan are known to suit, the latest of them. Any thread.
 */
final class CheckedShapes {
    /** More than a server of texts sees lengths of; what is forgotten is checked again. */
    private static final int REMEMBERED = 512;

    private final Map<List<Shape>, Boolean> latest = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Shape>, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    synchronized boolean contains(List<Shape> inputs) {
        return latest.get(inputs) != null; // a use, unlike containsKey
    }

    synchronized void add(List<Shape> inputs) {
        latest.put(inputs, true);
    }
}
