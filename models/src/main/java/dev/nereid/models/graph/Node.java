package dev.nereid.models.graph;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One operator applied to values.
 *
 * @param name for messages; may be empty
 * @param domain the operator's domain; the default ONNX domain is the empty string
 * @param operator the operator's name in that domain
 * @param opset the version of the domain's operator set that the model was written for
 * @param inputs an absent entry is an optional input that was left out
 * @param outputs an absent entry is an optional output that nobody wants
 */
public record Node(
        String name,
        String domain,
        String operator,
        int opset,
        List<Optional<Value>> inputs,
        List<Optional<Value>> outputs,
        Attributes attributes) {
    public Node {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(domain, "domain");
        Objects.requireNonNull(operator, "operator");
        Objects.requireNonNull(attributes, "attributes");
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** A node all of whose inputs and outputs are there. */
    public static Node of(
            String name,
            String domain,
            String operator,
            int opset,
            List<Value> inputs,
            List<Value> outputs,
            Attributes attributes) {
        return new Node(
                name,
                domain,
                operator,
                opset,
                inputs.stream().map(Optional::of).toList(),
                outputs.stream().map(Optional::of).toList(),
                attributes);
    }

    /** The same operator, applied to other values with other attributes. */
    public Node with(List<Optional<Value>> newInputs, List<Optional<Value>> newOutputs, Attributes newAttributes) {
        return new Node(name, domain, operator, opset, newInputs, newOutputs, newAttributes);
    }

    /** This node with other attributes. */
    public Node with(Attributes newAttributes) {
        return with(inputs, outputs, newAttributes);
    }

    /** This node with other inputs. */
    public Node withInputs(List<Optional<Value>> newInputs) {
        return with(newInputs, outputs, attributes);
    }

    /** The input at {@code index}; empty where it was left out or the list is shorter. */
    public Optional<Value> input(int index) {
        return index < inputs.size() ? inputs.get(index) : Optional.empty();
    }

    /** The output at {@code index}; empty where nobody wants it or the list is shorter. */
    public Optional<Value> output(int index) {
        return index < outputs.size() ? outputs.get(index) : Optional.empty();
    }

    /** The node in a sentence: its operator, and its name or else its first output. */
    public String describe() {
        String label = !name.isEmpty()
                ? name
                : outputs.stream()
                        .flatMap(Optional::stream)
                        .findFirst()
                        .map(Value::name)
                        .orElse("?");
        return "node '" + label + "' (" + (domain.isEmpty() ? "" : domain + ".") + operator + ")";
    }

    @Override
    public String toString() {
        return describe();
    }
}
