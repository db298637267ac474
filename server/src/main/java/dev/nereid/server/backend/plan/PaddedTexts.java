package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.graph.Dim;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A model whose texts are padded to the longest of their batch: which inputs are, what sizes they agree in, and which part of
 * an output is a text's own. Immutable.
 */
final class PaddedTexts {
    private final String model;
    /** By the name of a padded input, the symbol that the file has for how many tokens its texts have. */
    private final Map<String, String> symbols = new LinkedHashMap<>();

    private final Map<String, List<Dim>> outputs = new HashMap<>();

    private PaddedTexts(String model) {
        this.model = model;
    }

    /**
     * What a loaded model needs for the padding that its config asks for; empty where it asks for none.
     *
     * @throws InferException if the file does not say how large the outputs are for a text
     */
    static Optional<PaddedTexts> of(ModelConfig config, LoadedModel loaded) {
        return TextPadding.of(config).map(padding -> {
            PaddedTexts texts = new PaddedTexts(config.getName());
            loaded.inputs().stream()
                    .filter(port -> padding.elements().containsKey(port.name()))
                    .forEach(texts::addInput);
            loaded.outputs().stream()
                    .filter(port -> config.getOutputList().stream()
                            .anyMatch(output -> output.getName().equals(port.name())))
                    .forEach(texts::addOutput);
            return texts;
        });
    }

    private void addInput(LoadedModel.Port port) {
        if (!port.type().hasRank() || port.type().rank() < 2) {
            throw refusal("expected input '" + port.name() + "' to be [texts, tokens, ...], got " + port.type());
        }
        Set<String> names = port.type().dim(1).symbols();
        if (names.size() != 1) {
            throw refusal("expected input '" + port.name() + "' to be of any number of tokens, got " + port.type());
        }
        symbols.put(port.name(), names.iterator().next());
    }

    private void addOutput(LoadedModel.Port port) {
        boolean told = port.type().hasRank()
                && port.type().rank() > 0
                && port.type().dims().orElseThrow().stream()
                        .skip(1)
                        .allMatch(dim -> symbols.values().containsAll(dim.symbols()));
        if (!told) {
            throw refusal("expected the size of output '" + port.name() + "' for a text to follow from " + symbols
                    + ", got " + port.type());
        }
        outputs.put(
                port.name(),
                port.type().dims().orElseThrow().subList(1, port.type().rank()));
    }

    private InferException refusal(String text) {
        return InferException.invalid("parameter '" + TextPadding.PARAMETER + "' of model '" + model + "': " + text);
    }

    /** Those requests whose inputs agree in how many tokens they have, as the file asks; fails the others. */
    List<Execution> agreeing(List<Execution> executions) {
        List<Execution> good = new ArrayList<>(executions.size());
        for (Execution execution : executions) {
            try {
                lengths(execution);
                good.add(execution);
            } catch (InferException e) {
                execution.fail(e);
            }
        }
        return good;
    }

    /** Whether requests are not all of one length. */
    boolean differ(List<Execution> executions) {
        Map<String, Long> first = lengths(executions.getFirst());
        return executions.stream().anyMatch(execution -> !lengths(execution).equals(first));
    }

    /**
     * What is a request's own of its rows of an output.
     *
     * @param rows [texts, ...] of the padded batch
     * @param lengths how many tokens its texts have, by symbol
     * @param slabs receives the memory, where elements have to be moved
     */
    Tensor own(String output, Tensor rows, Map<String, Long> lengths, SlabPool memory, List<SlabPool.Slab> slabs) {
        List<Dim> dims = Objects.requireNonNull(outputs.get(output), output);
        if (rows.shape().rank() != dims.size() + 1) {
            throw InferException.internal("output '" + output + "' of a padded batch: expected " + (dims.size() + 1)
                    + " dims, got shape " + rows.shape());
        }
        Shape shape = rows.shape();
        for (int axis = 1; axis < shape.rank(); axis++) {
            long size = dims.get(axis - 1).evaluate(lengths::get);
            if (size < 0 || size > shape.dim(axis)) {
                throw InferException.internal("output '" + output + "' of a padded batch: expected at least " + size
                        + " in dim " + axis + ", got shape " + rows.shape());
            }
            shape = shape.withDim(axis, size);
        }
        return PaddedRows.corner(rows, shape, memory, slabs);
    }

    /** The same number of tokens in all inputs. */
    Map<String, Long> lengths(long tokens) {
        Map<String, Long> lengths = new HashMap<>();
        symbols.values().forEach(symbol -> lengths.put(symbol, tokens));
        return lengths;
    }

    /**
     * How many tokens a request's texts have, by symbol.
     *
     * @throws InferException if inputs that must agree do not
     */
    Map<String, Long> lengths(Execution execution) {
        Map<String, Long> lengths = new HashMap<>();
        symbols.forEach((input, symbol) -> {
            Shape shape = execution
                    .input(input)
                    .map(Tensor::shape)
                    .orElseThrow(() -> failure(execution, "expected input '" + input + "', got none"));
            Long before = lengths.putIfAbsent(symbol, shape.dim(1));
            if (before != null && before != shape.dim(1)) {
                throw failure(
                        execution,
                        "input '" + input + "': expected " + before + " tokens as in the inputs before, got shape "
                                + shape);
            }
        });
        return lengths;
    }

    private InferException failure(Execution execution, String text) {
        return InferException.invalid(execution.request().header().prefix() + "model '" + model + "': " + text);
    }
}
