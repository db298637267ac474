package dev.nereid.models.pytorch.script;

import java.util.List;
import java.util.Optional;

/** Code that does something. */
sealed interface ScriptStatement {
    /** Where it is in its file. */
    int at();

    /** {@code target = value}; the target is a name, a member, an item, or a tuple of such. */
    record Assign(int at, Expression target, Expression value) implements ScriptStatement {}

    /** A value that is computed for what it does. */
    record Evaluate(int at, Expression value) implements ScriptStatement {}

    record Return(int at, Optional<Expression> value) implements ScriptStatement {}

    record If(int at, Expression condition, List<ScriptStatement> then, List<ScriptStatement> otherwise)
            implements ScriptStatement {
        public If {
            then = List.copyOf(then);
            otherwise = List.copyOf(otherwise);
        }
    }

    record For(int at, Expression target, Expression iterable, List<ScriptStatement> body) implements ScriptStatement {
        public For {
            body = List.copyOf(body);
        }
    }

    record While(int at, Expression condition, List<ScriptStatement> body) implements ScriptStatement {
        public While {
            body = List.copyOf(body);
        }
    }

    /** {@code with context as target}. */
    record With(int at, Expression context, Optional<Expression> target, List<ScriptStatement> body)
            implements ScriptStatement {
        public With {
            body = List.copyOf(body);
        }
    }
}
