package dev.nereid.models.optimize.packed;

import dev.nereid.models.graph.Dim;
import java.util.List;

/** What a value is where several texts stand one behind the other, told from what it is for one of them alone. */
sealed interface Spread {
    /** The same for every text. */
    record Same() implements Spread {}

    /** What the texts have stands one behind the other along an axis, which has a text's length for one alone. */
    record Rows(int axis) implements Spread {}

    /** One for each text along an axis, which is 1 for one alone; the shape does not depend on a text's length. */
    record Texts(int axis) implements Spread {}

    /** Small integers that follow from shapes: never computed, but put into what is made of them. */
    record Formula(List<Dim> content) implements Spread {
        public Formula {
            content = List.copyOf(content);
        }
    }

    Spread SAME = new Same();
}
