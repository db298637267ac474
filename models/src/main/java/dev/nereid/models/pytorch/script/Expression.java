package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.aten.Argument;
import java.util.List;
import java.util.Optional;

/** Code that has a value. Operators such as {@code +} and {@code is} are calls of the functions that they mean. */
sealed interface Expression {
    /** Where it is in its file. */
    int at();

    /** A variable, or the beginning of a dotted name. */
    record Name(int at, String name) implements Expression {}

    /** A number, text, truth value or None. */
    record Literal(int at, Argument value) implements Expression {}

    /** {@code of.name}. */
    record Member(int at, Expression of, String name) implements Expression {}

    /** {@code function(arguments, name=argument)}. */
    record Call(int at, Expression function, List<Expression> arguments, List<Named> named) implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
            named = List.copyOf(named);
        }
    }

    /** An argument by name. */
    record Named(String name, Expression value) {}

    record ListOf(int at, List<Expression> items) implements Expression {
        public ListOf {
            items = List.copyOf(items);
        }
    }

    record TupleOf(int at, List<Expression> items) implements Expression {
        public TupleOf {
            items = List.copyOf(items);
        }
    }

    record DictOf(int at, List<Expression> keys, List<Expression> values) implements Expression {
        public DictOf {
            keys = List.copyOf(keys);
            values = List.copyOf(values);
        }
    }

    /** {@code of[index]}; in types {@code List[int]}. */
    record Item(int at, Expression of, Expression index) implements Expression {}

    /** {@code of[from:to]}. */
    record Range(int at, Expression of, Optional<Expression> from, Optional<Expression> to) implements Expression {}

    /** {@code whenTrue if condition else otherwise}. */
    record Conditional(int at, Expression condition, Expression whenTrue, Expression otherwise) implements Expression {}

    /** {@code left and right}, {@code left or right}: the right side counts only where the left does not decide. */
    record Logical(int at, boolean isAnd, Expression left, Expression right) implements Expression {}
}
