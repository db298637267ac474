package dev.nereid.models.pytorch.export;

import dev.nereid.models.pytorch.aten.Argument;
import java.util.List;
import java.util.Objects;

/** What a node of an exported program is given, or names of what it makes. */
sealed interface ExportedArgument {
    /** A tensor or number that an input or another node made. */
    record Named(String name) implements ExportedArgument {
        public Named {
            Objects.requireNonNull(name, "name");
        }
    }

    /** What the file has: a number, a text, None. */
    record Literal(Argument value) implements ExportedArgument {
        public Literal {
            Objects.requireNonNull(value, "value");
        }
    }

    /** Several. */
    record Several(List<ExportedArgument> items) implements ExportedArgument {
        public Several {
            items = List.copyOf(items);
        }
    }

    /** A graph of its own: a branch, or the body of a loop. */
    record Nested(String name, ExportedGraph graph) implements ExportedArgument {
        public Nested {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(graph, "graph");
        }
    }

    /** What cannot be used here; an error only where something reads it. */
    record Unusable(String kind) implements ExportedArgument {
        public Unusable {
            Objects.requireNonNull(kind, "kind");
        }
    }
}
