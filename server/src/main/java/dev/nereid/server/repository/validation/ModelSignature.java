package dev.nereid.server.repository.validation;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One way to call a model: named inputs and outputs, with the shapes that the model's file gives them. A model has one that is
 * called when a request names none; formats whose files have more, such as SavedModel, call it {@link #DEFAULT} too.
 *
 * @param method what kind of call it is: one that takes tensors, unless the model's file says otherwise
 * @param scalars inputs and outputs with one element a row: shape [batch] here and [batch, 1] in requests to the model, for
 *     Triton's configs have a dim behind the batch in any case
 */
public record ModelSignature(
        String name, String method, List<TensorMetadata> inputs, List<TensorMetadata> outputs, Set<String> scalars) {
    /** The name of the signature that is called when a request names none. */
    public static final String DEFAULT = "serving_default";

    /** The method of signatures that take tensors. */
    public static final String PREDICT = "tensorflow/serving/predict";

    private static final List<Long> COLUMN = List.of(-1L, 1L);

    public ModelSignature {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(method, "method");
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        scalars = Set.copyOf(scalars);
    }

    /** The default signature of a model whose config says all about it. */
    public static ModelSignature of(ModelConfig config) {
        Set<String> scalars = new HashSet<>();
        if (config.getMaxBatchSize() > 0) {
            for (ModelInput input : config.getInputList()) {
                if (isScalar(
                        input.getDimsList(),
                        input.hasReshape(),
                        input.getReshape().getShapeList())) {
                    scalars.add(input.getName());
                }
            }
            for (ModelOutput output : config.getOutputList()) {
                if (isScalar(
                        output.getDimsList(),
                        output.hasReshape(),
                        output.getReshape().getShapeList())) {
                    scalars.add(output.getName());
                }
            }
        }
        return new ModelSignature(
                DEFAULT,
                PREDICT,
                shaped(ModelTensors.inputs(config), scalars),
                shaped(ModelTensors.outputs(config), scalars),
                scalars);
    }

    private static boolean isScalar(List<Long> dims, boolean reshaped, List<Long> shape) {
        return reshaped && shape.isEmpty() && dims.equals(List.of(1L));
    }

    private static List<TensorMetadata> shaped(List<TensorMetadata> tensors, Set<String> scalars) {
        return tensors.stream()
                .map(tensor -> scalars.contains(tensor.name())
                        ? new TensorMetadata(
                                tensor.name(), tensor.dataType(), tensor.shape().subList(0, 1))
                        : tensor)
                .toList();
    }

    /** The signature with the name and the method that the model's file has for it. */
    public ModelSignature named(String newName, String newMethod) {
        return new ModelSignature(newName, newMethod.isEmpty() ? PREDICT : newMethod, inputs, outputs, scalars);
    }

    /**
     * The signature as a request calls it that gives a vector for each input of the shape [batch, 1]: then answers of that shape
     * are vectors too. TensorFlow holds no request against the shapes of a signature, and its first example sends such a vector.
     *
     * @param ranks of the request's inputs
     */
    public ModelSignature calledWith(Map<String, Integer> ranks) {
        List<String> columns = columns(inputs);
        if (columns.isEmpty() || !columns.stream().allMatch(input -> ranks.getOrDefault(input, 0) == 1)) {
            return this;
        }
        Set<String> vectors = new HashSet<>(scalars);
        vectors.addAll(columns);
        vectors.addAll(columns(outputs));
        return new ModelSignature(name, method, inputs, outputs, vectors);
    }

    private static List<String> columns(List<TensorMetadata> tensors) {
        return tensors.stream()
                .filter(tensor -> tensor.shape().equals(COLUMN))
                .map(TensorMetadata::name)
                .toList();
    }

    /** The dims that a request to the model has for an input whose dims are the signature's. */
    public long[] requestDims(String input, long[] dims) {
        if (!scalars.contains(input) || dims.length != 1) {
            return dims;
        }
        return new long[] {dims[0], 1};
    }

    /** The outputs of an answer in the signature's order and shapes. */
    public List<OutputTensor> answer(List<OutputTensor> answered) {
        List<OutputTensor> ordered = new ArrayList<>();
        for (TensorMetadata output : outputs) {
            for (OutputTensor each : answered) {
                if (each.name().equals(output.name())) {
                    ordered.add(each.withShape(shape(each)));
                }
            }
        }
        return ordered;
    }

    private Shape shape(OutputTensor output) {
        Shape shape = output.tensor().shape();
        return scalars.contains(output.name()) && shape.dims().length == 2
                ? Shape.of(Arrays.copyOf(shape.dims(), 1))
                : shape;
    }
}
