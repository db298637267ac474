package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Dim;
import java.util.List;

/** What a value is in a graph that runs several texts packed one behind the other. */
sealed interface PackedValue {
    /** The same for every text. */
    record Same() implements PackedValue {}

    /** What the texts have stands one behind the other along an axis, which has a text's length for one alone. */
    record Rows(int axis) implements PackedValue {}

    /** One for each text along an axis, which is 1 for one alone; the shape does not depend on a text's length. */
    record Texts(int axis) implements PackedValue {}

    /** Small integers that follow from shapes: never computed, but put into what is made of them. */
    record Formula(List<Dim> content) implements PackedValue {
        public Formula {
            content = List.copyOf(content);
        }
    }

    PackedValue SAME = new Same();
}
