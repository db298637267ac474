package dev.nereid.server.tensorflow;

import dev.nereid.proto.tensorflow.ClassificationResult;
import dev.nereid.proto.tensorflow.Classifications;
import dev.nereid.proto.tensorflow.Example;
import dev.nereid.proto.tensorflow.Input;
import dev.nereid.proto.tensorflow.RegressionResult;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Classification and regression: the model takes serialized examples as strings and answers with classes and scores, or with
 * values. Sources: classifier.cc, regressor.cc.
 */
public final class Examples {
    private static final String INPUTS = "inputs";
    private static final String CLASSES = "classes";
    private static final String SCORES = "scores";
    private static final String OUTPUTS = "outputs";

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Examples() {}

    /**
     * The signature that takes examples.
     *
     * @param name empty for the default one
     * @throws InferException if there is none of that name
     */
    public static ModelSignature signature(Model model, String name) {
        return Servables.signature(
                model, name, wanted -> InferException.invalid("No signature was found with the name: " + wanted));
    }

    /**
     * Refuses a signature that does not classify.
     *
     * @throws InferException with what it lacks
     */
    public static void checkClassifies(ModelSignature signature) {
        checkInput(signature);
        int count = signature.outputs().size();
        if (count != 1 && count != 2) {
            throw InferException.invalid("Expected one or two output Tensors, found " + count);
        }
        boolean scores = has(signature, SCORES, DataType.FP32);
        boolean classes = has(signature, CLASSES, DataType.STRING);
        if ((scores ? 1 : 0) + (classes ? 1 : 0) != count) {
            throw InferException.invalid("Expected classification signature outputs to contain '" + CLASSES
                    + "' (string) or '" + SCORES + "' (float) and nothing else. Signature was: " + names(signature));
        }
    }

    /**
     * Refuses a signature that does not regress.
     *
     * @throws InferException with what it lacks
     */
    public static void checkRegresses(ModelSignature signature) {
        checkInput(signature);
        if (signature.outputs().size() != 1 || !has(signature, OUTPUTS, DataType.FP32)) {
            throw InferException.invalid(
                    "Expected one output Tensor '" + OUTPUTS + "' (float). Signature was: " + names(signature));
        }
    }

    private static void checkInput(ModelSignature signature) {
        if (signature.inputs().size() != 1) {
            throw InferException.invalid("Expected one input Tensor.");
        }
        TensorMetadata input = signature.inputs().getFirst();
        if (!input.name().equals(INPUTS) || input.dataType() != DataType.STRING) {
            throw InferException.invalid("Expected the input Tensor '" + INPUTS + "' (string), which takes serialized "
                    + "examples. Signature was: " + names(signature));
        }
    }

    private static boolean has(ModelSignature signature, String output, DataType type) {
        return signature.outputs().stream().anyMatch(each -> each.name().equals(output) && each.dataType() == type);
    }

    private static String names(ModelSignature signature) {
        List<String> inputs = signature.inputs().stream().map(Examples::text).toList();
        List<String> outputs = signature.outputs().stream().map(Examples::text).toList();
        return "inputs " + inputs + ", outputs " + outputs;
    }

    private static String text(TensorMetadata tensor) {
        return "'" + tensor.name() + "' (" + TensorflowTypes.name(tensor.dataType()) + ")";
    }

    /**
     * The request with the examples of a message.
     *
     * @param signature takes the examples
     * @param version what the request insists on; empty for any
     * @param share what the request holds of the heap; afterwards that is its examples
     * @throws InferException if there are none
     */
    public static InferRequest request(
            Model model,
            ModelSignature signature,
            String version,
            Input input,
            long receivedNanos,
            RequestBudget.Share share) {
        byte[][] examples = serialized(input, share);
        if (examples.length == 0) {
            throw InferException.invalid("Input is empty.");
        }
        Shape shape = Shape.of(signature.requestDims(INPUTS, new long[] {examples.length}));
        InferRequest.Header header =
                InferRequest.Header.of(model.name(), version, "").withSignature(signature.name());
        return new InferRequest(
                header,
                List.of(new InputTensor(INPUTS, Tensor.ofStrings(shape, examples))),
                List.of(),
                List.of(),
                receivedNanos);
    }

    private static byte[][] serialized(Input input, RequestBudget.Share share) {
        Optional<Example> context = input.hasExampleListWithContext()
                ? Optional.of(input.getExampleListWithContext().getContext())
                : Optional.empty();
        List<Example> examples = context.isPresent()
                ? input.getExampleListWithContext().getExamplesList()
                : input.getExampleList().getExamplesList();
        byte[][] serialized = new byte[examples.size()][];
        for (int i = 0; i < serialized.length; i++) {
            Example example = context.isPresent() ? merged(examples.get(i), context.get()) : examples.get(i);
            share.take(HeapSizes.element(example.getSerializedSize()));
            serialized[i] = example.toByteArray();
        }
        return serialized;
    }

    private static Example merged(Example example, Example context) {
        for (String name : context.getFeatures().getFeatureMap().keySet()) {
            if (example.getFeatures().containsFeature(name)) {
                throw InferException.invalid(
                        "feature '" + name + "' is in the context and in an example: expected it in " + "one of them");
            }
        }
        return example.toBuilder()
                .setFeatures(example.getFeatures().toBuilder()
                        .putAllFeature(context.getFeatures().getFeatureMap()))
                .build();
    }

    /**
     * The classes of each example. A class without a label has an empty one, one without a score has the score 0.
     *
     * @throws InferException if the outputs are not a row for each example
     */
    public static ClassificationResult classifications(InferResponse response) {
        Optional<Tensor> classes = find(response, CLASSES);
        Optional<Tensor> scores = find(response, SCORES);
        long[] dims = classes.or(() -> scores)
                .orElseThrow(() -> InferException.internal("the model has answered without classes and scores"))
                .shape()
                .dims();
        boolean differ = classes.isPresent()
                && scores.isPresent()
                && scores.get().shape().elements() != classes.get().shape().elements();
        if (dims.length != 2 || differ) {
            throw InferException.invalid("Expected '" + CLASSES + "' and '" + SCORES
                    + "' of shape [examples, classes], got " + Shape.of(dims));
        }
        ClassificationResult.Builder result = ClassificationResult.newBuilder();
        for (long i = 0; i < dims[0]; i++) {
            Classifications.Builder row = result.addClassificationsBuilder();
            for (long j = i * dims[1]; j < (i + 1) * dims[1]; j++) {
                int index = Math.toIntExact(j);
                row.addClassesBuilder()
                        .setLabel(classes.map(tensor -> new String(tensor.strings()[index], StandardCharsets.UTF_8))
                                .orElse(""))
                        .setScore(scores.map(tensor -> tensor.segment().get(FLOAT, (long) index * Float.BYTES))
                                .orElse(0f));
            }
        }
        return result.build();
    }

    /**
     * The value of each example.
     *
     * @throws InferException if the output is not one value for each example
     */
    public static RegressionResult regressions(InferResponse response) {
        Tensor outputs = find(response, OUTPUTS)
                .orElseThrow(() -> InferException.internal("the model has answered without '" + OUTPUTS + "'"));
        long[] dims = outputs.shape().dims();
        if (dims.length != 1 && !(dims.length == 2 && dims[1] == 1)) {
            throw InferException.invalid(
                    "Expected '" + OUTPUTS + "' of shape [examples] or [examples, 1], got " + outputs.shape());
        }
        RegressionResult.Builder result = RegressionResult.newBuilder();
        for (long i = 0; i < dims[0]; i++) {
            result.addRegressionsBuilder().setValue(outputs.segment().get(FLOAT, i * Float.BYTES));
        }
        return result.build();
    }

    private static Optional<Tensor> find(InferResponse response, String name) {
        return response.outputs().stream()
                .filter(output -> output.name().equals(name))
                .map(OutputTensor::tensor)
                .findFirst();
    }
}
