package dev.nereid.models.pytorch.script;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a file of code defines. */
sealed interface Definition {
    /** The full name, such as {@code __torch__.net.Net}. */
    String name();

    CodeFile file();

    /** A parameter of a function; a method's first one is the object. */
    record Parameter(String name, Optional<Expression> type, Optional<Expression> whenAbsent) {}

    /** A function or method. */
    record OfFunction(
            String name,
            CodeFile file,
            List<Parameter> parameters,
            Optional<Expression> returns,
            List<ScriptStatement> body)
            implements Definition {
        public OfFunction {
            parameters = List.copyOf(parameters);
            body = List.copyOf(body);
        }
    }

    /**
     * A class.
     *
     * @param base such as {@code Module} or {@code NamedTuple}; empty for a plain class
     * @param attributes the types of its attributes, in order
     * @param constants values of attributes that all objects share
     */
    record OfClass(
            String name,
            CodeFile file,
            String base,
            Map<String, Expression> attributes,
            Map<String, Expression> constants,
            Map<String, OfFunction> methods)
            implements Definition {
        public OfClass {
            attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
            constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
            methods = Collections.unmodifiableMap(new LinkedHashMap<>(methods));
        }

        boolean isNamedTuple() {
            return base.equals("NamedTuple");
        }

        boolean isEnumeration() {
            return base.equals("Enum");
        }
    }
}
