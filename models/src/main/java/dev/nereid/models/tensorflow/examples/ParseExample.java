package dev.nereid.models.tensorflow.examples;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.proto.tensorflow.Example;
import dev.nereid.proto.tensorflow.Feature;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * dev.nereid ParseExample: features of serialized examples as tensors, each feature of one shape in all examples. TensorFlow's
 * ParseExample and ParseExampleV2 without sparse and ragged features.
 *
 * <p>Inputs: serialized STRING [examples], each a tensorflow.Example; then one for each feature, what an example has that lacks
 * the feature: of the feature's shape, or empty or left out where every example must have it. Attributes: keys (the features'
 * names), types (FP32, INT64 or STRING), ranks, and dims (of all features, one after the other). Outputs: one for each feature,
 * [examples, dims...].
 */
final class ParseExample implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** A feature as the node wants it. */
    private record Wanted(String key, DataType type, Shape shape) {
        int elements() {
            return Math.toIntExact(shape.elements());
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType serialized = in.type(0);
        if (serialized.hasRank() && serialized.rank() != 1) {
            throw new ModelFormatException("serialized examples of the shape " + serialized + ": expected a vector");
        }
        Dim examples = serialized.hasRank() ? serialized.dim(0) : in.unknownDim();
        List<TensorType> types = new ArrayList<>();
        for (Wanted feature : wanted(in.attributes())) {
            List<Dim> dims = new ArrayList<>();
            dims.add(examples);
            for (long dim : feature.shape().dims()) {
                dims.add(Dim.of(dim));
            }
            types.add(TensorType.of(feature.type(), dims));
        }
        return types;
    }

    @Override
    public void lower(Lowering lowering) {
        List<Wanted> features = wanted(lowering.attributes());
        lowering.step(run -> run(run, features));
    }

    private static List<Wanted> wanted(Attributes attributes) {
        List<String> keys = attributes.texts("keys").orElse(List.of());
        long[] types = attributes.integers("types").orElse(new long[0]);
        long[] ranks = attributes.integers("ranks").orElse(new long[0]);
        long[] dims = attributes.integers("dims").orElse(new long[0]);
        if (types.length != keys.size() || ranks.length != keys.size()) {
            throw new ModelFormatException(keys.size() + " features with " + types.length + " types and " + ranks.length
                    + " ranks: expected as many of each");
        }
        List<Wanted> features = new ArrayList<>();
        int used = 0;
        for (int i = 0; i < keys.size(); i++) {
            if (ranks[i] < 0 || ranks[i] > dims.length - used) {
                throw new ModelFormatException("feature '" + keys.get(i) + "' has the rank " + ranks[i]
                        + ", and there are " + (dims.length - used) + " dims");
            }
            long[] shape = Arrays.copyOfRange(dims, used, used + (int) ranks[i]);
            used += (int) ranks[i];
            features.add(new Wanted(keys.get(i), OnnxTypes.dataType(types[i]), Shape.of(shape)));
        }
        return features;
    }

    private static void run(StepRun run, List<Wanted> features) {
        Tensor serialized = run.input(0);
        int examples = Math.toIntExact(serialized.shape().elements());
        Map<Integer, Tensor> outputs = new HashMap<>();
        for (int i = 0; i < features.size(); i++) {
            if (run.wants(i)) {
                outputs.put(i, run.output(i));
            }
        }
        for (int example = 0; example < examples; example++) {
            Example message = parse(serialized.strings()[example], example);
            for (Map.Entry<Integer, Tensor> output : outputs.entrySet()) {
                int index = output.getKey();
                write(run, message, features.get(index), index, example, output.getValue());
            }
        }
    }

    private static Example parse(byte[] serialized, int number) {
        try {
            return Example.parseFrom(serialized);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("Could not parse example input " + number + ": it is no Example", e);
        }
    }

    private static void write(StepRun run, Example message, Wanted wanted, int index, int example, Tensor to) {
        Feature feature =
                message.getFeatures().getFeatureMap().getOrDefault(wanted.key(), Feature.getDefaultInstance());
        int first = example * wanted.elements();
        switch (feature.getKindCase()) {
            case FLOAT_LIST -> {
                List<Float> values = feature.getFloatList().getValueList();
                check(wanted, example, DataType.FP32, values.size());
                for (int i = 0; i < values.size(); i++) {
                    to.segment().set(FLOAT, (first + (long) i) * Float.BYTES, values.get(i));
                }
            }
            case INT64_LIST -> {
                List<Long> values = feature.getInt64List().getValueList();
                check(wanted, example, DataType.INT64, values.size());
                for (int i = 0; i < values.size(); i++) {
                    to.segment().set(LONG, (first + (long) i) * Long.BYTES, values.get(i));
                }
            }
            case BYTES_LIST -> {
                List<ByteString> values = feature.getBytesList().getValueList();
                check(wanted, example, DataType.STRING, values.size());
                for (int i = 0; i < values.size(); i++) {
                    to.strings()[first + i] = values.get(i).toByteArray();
                }
            }
            case KIND_NOT_SET -> writeDefault(run, wanted, index, example, to);
        }
    }

    private static void writeDefault(StepRun run, Wanted wanted, int index, int example, Tensor to) {
        int elements = wanted.elements();
        if (!run.has(1 + index) || (run.input(1 + index).shape().elements() == 0 && elements > 0)) {
            throw new IllegalArgumentException("example " + example + ": Feature: " + wanted.key() + " (data type: "
                    + wanted.type() + ") is required but could not be found.");
        }
        Tensor given = run.input(1 + index);
        if (given.shape().elements() != elements) {
            throw new IllegalArgumentException("feature '" + wanted.key() + "' has a default of the shape "
                    + given.shape() + ": expected " + wanted.shape());
        }
        if (wanted.type() == DataType.STRING) {
            System.arraycopy(given.strings(), 0, to.strings(), example * elements, elements);
        } else {
            long bytes = (long) elements * wanted.type().bytes();
            MemorySegment.copy(given.segment(), 0, to.segment(), example * bytes, bytes);
        }
    }

    private static void check(Wanted wanted, int example, DataType type, int values) {
        if (wanted.type() != type) {
            throw new IllegalArgumentException("example " + example + ": Key: " + wanted.key()
                    + ". Data types don't match. Expected type: " + wanted.type() + ", got " + type);
        }
        if (values != wanted.elements()) {
            throw new IllegalArgumentException("example " + example + ": Key: " + wanted.key() + ". Number of values "
                    + values + " != expected, for the shape " + wanted.shape());
        }
    }
}
