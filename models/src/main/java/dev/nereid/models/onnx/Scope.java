package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names that nodes of one graph or function body can use. A subgraph sees the names around it, a function body
 * only its own. A name may stand for an argument that the function's caller left out.
 */
final class Scope {
    private final Optional<Scope> outer;
    private final Body body;
    private final Map<String, Optional<Value>> values = new HashMap<>();

    /**
     * What all graphs nested in one model or function body have in common.
     *
     * @param opsets the operator set version of each domain
     * @param arguments the attributes of the function's caller, with defaults
     * @param prefix what the names of values start with, for messages
     * @param depth calls around this body
     */
    record Body(Map<String, Integer> opsets, Map<String, Attribute> arguments, String prefix, int depth) {
        /** The version that a domain's operators have; the first one where the file does not say. */
        int opset(String domain) {
            return opsets.getOrDefault(domain, 1);
        }
    }

    private Scope(Optional<Scope> outer, Body body) {
        this.outer = outer;
        this.body = body;
    }

    static Scope ofBody(Body body) {
        return new Scope(Optional.empty(), body);
    }

    Scope nested() {
        return new Scope(Optional.of(this), body);
    }

    Body body() {
        return body;
    }

    /** Makes a value under a name that this scope does not have yet. */
    Value declare(String name) {
        Value value = new Value(body.prefix() + name);
        bind(name, Optional.of(value));
        return value;
    }

    void bind(String name, Optional<Value> value) {
        if (values.put(name, value) != null) {
            throw new ModelFormatException("value '" + body.prefix() + name + "' is defined twice");
        }
    }

    Set<String> ownNames() {
        return values.keySet();
    }

    boolean hasOwn(String name) {
        return values.containsKey(name);
    }

    /**
     * The value that {@code name} stands for; empty for an argument left out.
     *
     * @param reader names who asks, in the message when there is no such name
     */
    Optional<Value> find(String name, String reader) {
        for (Optional<Scope> scope = Optional.of(this); scope.isPresent(); scope = scope.get().outer) {
            Optional<Value> value = scope.get().values.get(name);
            if (value != null) {
                return value;
            }
        }
        throw new ModelFormatException(
                reader + " reads '" + name + "', which no input, initializer or node of the model defines");
    }
}
