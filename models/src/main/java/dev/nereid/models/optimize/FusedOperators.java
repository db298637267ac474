package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Optional;

/** How passes name the operators that only they emit. */
public final class FusedOperators {
    /** The domain of operators that no file may use. */
    public static final String DOMAIN = "dev.nereid";

    public static final int VERSION = 1;

    private FusedOperators() {}

    /** One of these operators, in the place of a node whose name it takes over. */
    public static Node node(
            Node from,
            String operator,
            List<Optional<Value>> inputs,
            List<Optional<Value>> outputs,
            Attributes attributes) {
        return new Node(from.name(), DOMAIN, operator, VERSION, inputs, outputs, attributes);
    }
}
