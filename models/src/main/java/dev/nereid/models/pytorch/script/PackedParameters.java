package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.TensorReference;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The objects in which quantised layers keep their weights: classes that PyTorch has outside of the archive's code. */
final class PackedParameters {
    private static final String CLASSES = "__torch__.torch.classes.";
    /** The first of the numbers of a convolution, before its strides. */
    private static final int HIGHEST_AXES = 3;
    /** Strides, padding, dilations and output padding. */
    private static final int LISTS = 4;
    /** The place of the weights in the state of a recurrent layer, behind its kind, biases and numbers. */
    private static final int CELL_WEIGHTS = 4;

    private final Evaluation evaluation;
    private final String path;

    /** @param path where the object is, for messages */
    PackedParameters(Evaluation evaluation, String path) {
        this.evaluation = evaluation;
        this.path = path;
    }

    /** Whether a class is one that PyTorch defines outside of the code. */
    static boolean isPacked(String className) {
        return className.startsWith(CLASSES);
    }

    /**
     * What an object is.
     *
     * @param state what the pickle has for it
     */
    ScriptValue of(String className, ScriptValue state) {
        String name = className.substring(CLASSES.length());
        return switch (name) {
            case "quantized.LinearPackedParamsBase" ->
                call("linear_prepack" + (isQuantized(item(state, 0)) ? "" : "_fp16"), item(state, 0), item(state, 1));
            case "quantized.Conv2dPackedParamsBase", "quantized.Conv3dPackedParamsBase" -> convolution(state);
            case "quantized.EmbeddingPackedParamsBase" -> call("embedding_bag_prepack", item(item(state, 1), 0));
            case "rnn.CellParamsBase" ->
                call(
                        "make_quantized_cell_params_dynamic",
                        layer(state, 0),
                        layer(state, 1),
                        bias(state, 0),
                        bias(state, 1));
            default ->
                throw new ModelFormatException(
                        "'" + path + "' is an object of PyTorch's class " + name + ", which is not supported");
        };
    }

    /** The input's or the state's weights of a recurrent layer: the last of the state. */
    private ScriptValue layer(ScriptValue state, int which) {
        return item(item(state, CELL_WEIGHTS), which);
    }

    /** Biases; those that half precision has are with its weights. */
    private ScriptValue bias(ScriptValue state, int which) {
        List<ScriptValue> biases = Containers.items(item(state, 1));
        return biases.isEmpty() ? ScriptValue.none() : item(item(state, 1), which);
    }

    private boolean isQuantized(ScriptValue weight) {
        return weight instanceof Plain(Argument.OfTensor(TensorReference reference))
                && evaluation.graph().quantization(reference.value()).isPresent();
    }

    /**
     * A version, numbers, and tensors: as a text, a list of tensors of which the first has the numbers, and a list of
     * optional ones; or as an integer, a list of the numbers, and a list of tensors of which the second is the weight.
     */
    private ScriptValue convolution(ScriptValue state) {
        boolean second = item(state, 0) instanceof Plain(Argument.OfText _);
        List<Long> numbers = second ? numbers(item(item(state, 1), 0)) : integers(item(state, 1));
        ScriptValue weight = second ? item(item(state, 1), 1) : item(item(state, 2), 1);
        ScriptValue bias = second ? item(item(state, 2), 0) : item(item(state, 2), 2);
        long axes = numbers.isEmpty() ? 0 : numbers.getFirst();
        if (axes < 1 || axes > HIGHEST_AXES || numbers.size() != 1 + LISTS * axes + 2) {
            throw new ModelFormatException("'" + path + "' has the packed numbers " + numbers
                    + ": expected the number of axes, 4 numbers for each, the groups and whether it is transposed");
        }
        List<ScriptValue> lists = new ArrayList<>();
        for (int list = 0; list < LISTS; list++) {
            int from = 1 + list * (int) axes;
            lists.add(ScriptValue.ListValue.of(numbers.subList(from, from + (int) axes).stream()
                    .map(ScriptValue::of)
                    .toList()));
        }
        ScriptValue groups = ScriptValue.of(numbers.get(numbers.size() - 2));
        return numbers.getLast() != 0
                ? call(
                        "conv_transpose" + axes + "d_prepack",
                        weight,
                        bias,
                        lists.get(0),
                        lists.get(1),
                        lists.get(3),
                        lists.get(2),
                        groups)
                : call("conv" + axes + "d_prepack", weight, bias, lists.get(0), lists.get(1), lists.get(2), groups);
    }

    private ScriptValue call(String operator, ScriptValue... arguments) {
        return evaluation.functions.operator("quantized::" + operator, List.of(arguments), Map.of());
    }

    private ScriptValue item(ScriptValue of, int index) {
        List<ScriptValue> items = Containers.items(of);
        if (index >= items.size()) {
            throw new ModelFormatException("'" + path + "' has " + of.kind() + " where more than " + index
                    + " packed parameters are expected");
        }
        return items.get(index);
    }

    /** The numbers of a constant. */
    private List<Long> numbers(ScriptValue tensor) {
        Optional<Tensor> constant = tensor instanceof Plain(Argument.OfTensor(TensorReference reference))
                ? evaluation.graph().constant(reference.value())
                : Optional.empty();
        return constant.flatMap(IntegerTensors::read)
                .map(numbers -> Arrays.stream(numbers).boxed().toList())
                .orElseThrow(() -> new ModelFormatException(
                        "'" + path + "' has " + tensor.kind() + " where a tensor of integers is expected"));
    }

    private List<Long> integers(ScriptValue list) {
        List<Long> numbers = new ArrayList<>();
        for (ScriptValue each : Containers.items(list)) {
            if (!(each instanceof Plain(Argument.OfInteger(long number)))) {
                throw new ModelFormatException("'" + path + "' has " + each.kind() + " where a number is expected");
            }
            numbers.add(number);
        }
        return numbers;
    }
}
