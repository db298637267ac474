package dev.nereid.bench.models;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * Writes an ONNX graph node by node. What a method adds it names, and the name is what it returns, for the nodes behind it.
 * Random contents are the same for the same names.
 */
public final class GraphWriter {
    private static final int IR_VERSION = 10;
    private static final String CONTRIBUTED = "com.microsoft";

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("made_up");
    private final ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(IR_VERSION);

    /** @param operatorSet the version of ONNX's operators */
    public GraphWriter(int operatorSet) {
        operators("", operatorSet);
    }

    private void operators(String domain, int version) {
        OperatorSetIdProto set = OperatorSetIdProto.newBuilder()
                .setDomain(domain)
                .setVersion(version)
                .build();
        if (!model.getOpsetImportList().contains(set)) {
            model.addOpsetImport(set);
        }
    }

    /** An input of floats. */
    public String input(String name, long... dims) {
        return input(TensorProto.DataType.FLOAT, name, dims);
    }

    /** An input; a dim of -1 is the batch, left open. */
    public String input(TensorProto.DataType type, String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            if (dim < 0) {
                shape.addDimBuilder().setDimParam("batch");
            } else {
                shape.addDimBuilder().setDimValue(dim);
            }
        }
        graph.addInput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape))));
        return name;
    }

    /** Weights of which {@code sums} are added up at a time: between the bounds that keep a row about as long as it is. */
    public String weights(String name, long sums, long... dims) {
        return floats(name, Math.sqrt(3.0 / sums), dims);
    }

    /** Random floats between {@code -bound} and {@code bound}. */
    public String floats(String name, double bound, long... dims) {
        ByteBuffer bytes = bytes(Float.BYTES, dims);
        Random random = new Random(name.hashCode());
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) (bound * (random.nextFloat() * 2 - 1)));
        }
        return initializer(name, TensorProto.DataType.FLOAT, bytes, dims);
    }

    /** Random 32-bit integers between {@code -bound} and {@code bound}. */
    public String randomIntegers(String name, int bound, long... dims) {
        ByteBuffer bytes = bytes(Integer.BYTES, dims);
        Random random = new Random(name.hashCode());
        while (bytes.hasRemaining()) {
            bytes.putInt(random.nextInt(-bound, bound + 1));
        }
        return initializer(name, TensorProto.DataType.INT32, bytes, dims);
    }

    /** Random bytes of any value. */
    public String randomBytes(TensorProto.DataType type, String name, long... dims) {
        byte[] random = new byte[bytes(1, dims).capacity()];
        new Random(name.hashCode()).nextBytes(random);
        return initializer(name, type, bytes(1, dims).put(random), dims);
    }

    /** Weights of channels that have a scale each; where bytes are unsigned, 128 more. */
    public String byteWeights(TensorProto.DataType type, String name, long... dims) {
        return byteWeights(ByteWeights.OF_CHANNEL, type, name, dims);
    }

    /** Weights so distributed; where bytes are unsigned, 128 more. */
    public String byteWeights(ByteWeights distribution, TensorProto.DataType type, String name, long... dims) {
        ByteBuffer weights = bytes(1, dims);
        Random random = new Random(name.hashCode());
        int middle = type == TensorProto.DataType.UINT8 ? 128 : 0;
        while (weights.hasRemaining()) {
            weights.put((byte) (distribution.next(random) + middle));
        }
        return initializer(name, type, weights, dims);
    }

    /** Random numbers of four bits, an even count of them. */
    public String randomFourBits(TensorProto.DataType type, String name, long... dims) {
        byte[] random = new byte[bytes(1, dims).capacity() / 2];
        new Random(name.hashCode()).nextBytes(random);
        return initializer(name, type, ByteBuffer.allocate(random.length).put(random), dims);
    }

    /** Bytes that are zero. */
    public String zeroBytes(TensorProto.DataType type, String name, long... dims) {
        ByteBuffer zeros = bytes(1, dims);
        return initializer(name, type, zeros.position(zeros.capacity()), dims);
    }

    /** One float. */
    public String scalar(String name, float value) {
        return initializer(name, TensorProto.DataType.FLOAT, bytes(Float.BYTES).putFloat(value));
    }

    /** One byte. */
    public String scalarByte(TensorProto.DataType type, String name, int value) {
        return initializer(name, type, bytes(1).put((byte) value));
    }

    /** A list of floats. */
    public String list(String name, float... values) {
        ByteBuffer bytes = bytes(Float.BYTES, values.length);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return initializer(name, TensorProto.DataType.FLOAT, bytes, values.length);
    }

    /** A list of integers. */
    public String list(String name, long... values) {
        ByteBuffer bytes = bytes(Long.BYTES, values.length);
        Arrays.stream(values).forEach(bytes::putLong);
        return initializer(name, TensorProto.DataType.INT64, bytes, values.length);
    }

    /** One integer. */
    public String scalarInteger(String name, long value) {
        return initializer(name, TensorProto.DataType.INT64, bytes(Long.BYTES).putLong(value));
    }

    /** Integers of these dims. */
    public String integers(String name, long[] values, long... dims) {
        ByteBuffer bytes = bytes(Long.BYTES, dims);
        Arrays.stream(values).forEach(bytes::putLong);
        return initializer(name, TensorProto.DataType.INT64, bytes, dims);
    }

    private static ByteBuffer bytes(int each, long... dims) {
        long count = Arrays.stream(dims).reduce(1, Math::multiplyExact);
        return ByteBuffer.allocate(Math.toIntExact(each * count)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String initializer(String name, TensorProto.DataType type, ByteBuffer bytes, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes.flip()));
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        graph.addInitializer(tensor);
        return name;
    }

    /** A node of ONNX with one output. */
    public String node(String operator, String... inputs) {
        return node(operator, Attributes.NONE, inputs);
    }

    /** A node of ONNX with one output. */
    public String node(String operator, Attributes attributes, String... inputs) {
        return add("", operator, attributes, 1, inputs);
    }

    /** A node with several outputs: the name of the first, the others are that with {@code _1}, {@code _2} behind it. */
    public String nodeOf(int outputs, String operator, String... inputs) {
        return nodeOf(outputs, operator, Attributes.NONE, inputs);
    }

    /** As the other one, with attributes. */
    public String nodeOf(int outputs, String operator, Attributes attributes, String... inputs) {
        return add("", operator, attributes, outputs, inputs);
    }

    /** A node of ONNX Runtime's own operators. */
    public String contributed(String operator, Attributes attributes, String... inputs) {
        return contributedOf(1, operator, attributes, inputs);
    }

    /** A node of ONNX Runtime's own operators with several outputs, named as those of {@link #nodeOf}. */
    public String contributedOf(int outputs, String operator, Attributes attributes, String... inputs) {
        operators(CONTRIBUTED, 1);
        return add(CONTRIBUTED, operator, attributes, outputs, inputs);
    }

    /** A node of ONNX's operators for classical models. */
    public String classical(String operator, Attributes attributes, String... inputs) {
        return classicalOf(1, operator, attributes, inputs);
    }

    /** A node of ONNX's operators for classical models with several outputs, named as those of {@link #nodeOf}. */
    public String classicalOf(int outputs, String operator, Attributes attributes, String... inputs) {
        operators("ai.onnx.ml", 3);
        return add("ai.onnx.ml", operator, attributes, outputs, inputs);
    }

    private String add(String domain, String operator, Attributes attributes, int outputs, String... inputs) {
        String name = operator + graph.getNodeCount();
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(name)
                .setDomain(domain)
                .setOpType(operator)
                .addAllInput(Arrays.asList(inputs))
                .addAllAttribute(attributes.list())
                .addOutput(name);
        for (int output = 1; output < outputs; output++) {
            node.addOutput(name + "_" + output);
        }
        graph.addNode(node);
        return name;
    }

    /** One integer of 32 bits. */
    public String scalarShortInteger(String name, int value) {
        return initializer(
                name, TensorProto.DataType.INT32, bytes(Integer.BYTES).putInt(value));
    }

    /** A list of integers of 32 bits. */
    public String shortIntegers(String name, int... values) {
        ByteBuffer bytes = bytes(Integer.BYTES, values.length);
        Arrays.stream(values).forEach(bytes::putInt);
        return initializer(name, TensorProto.DataType.INT32, bytes, values.length);
    }

    /** One more output of the model. */
    public void output(TensorProto.DataType type, String name) {
        graph.addOutput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber()))));
    }

    /** The model whose last output is {@code name}, of floats. */
    public ModelProto model(String name) {
        return model(TensorProto.DataType.FLOAT, name);
    }

    /** The model whose last output is {@code name}. */
    public ModelProto model(TensorProto.DataType type, String name) {
        output(type, name);
        return model.setGraph(graph).build();
    }
}
