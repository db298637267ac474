package dev.nereid.bench.engine;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Models that are written when they are asked for. */
final class MadeUpModels {
    /** Layers whose weights push each other's out of a cache, as those of a large model do. */
    private static final int LAYERS = 3;

    private static final Pattern DENSE = Pattern.compile("dense-([1-9]\\d{0,3})");

    private MadeUpModels() {}

    /** The file of the model {@code dense-N}: {@value #LAYERS} products of a row with constant [N, N], one after the other. */
    static Optional<Path> file(String name) {
        Matcher dense = DENSE.matcher(name);
        if (!dense.matches()) {
            return Optional.empty();
        }
        Path file = Path.of(System.getProperty("nereid.home", "."), "bench/target/models", name, "model.onnx");
        if (!Files.exists(file)) {
            write(dense(Integer.parseInt(dense.group(1))), file);
        }
        return Optional.of(file);
    }

    private static ModelProto dense(int width) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("dense")
                .addInput(row("x0", width))
                .addOutput(row("x" + LAYERS, width));
        for (int layer = 0; layer < LAYERS; layer++) {
            graph.addInitializer(weights("w" + layer, layer, width))
                    .addNode(NodeProto.newBuilder()
                            .setOpType("MatMul")
                            .addInput("x" + layer)
                            .addInput("w" + layer)
                            .addOutput("x" + (layer + 1)));
        }
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .setGraph(graph)
                .build();
    }

    /** Weights that keep a row about as long as it is. */
    private static TensorProto weights(String name, int seed, int width) {
        Random random = new Random(seed);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(4 * width, width)).order(ByteOrder.LITTLE_ENDIAN);
        float bound = (float) Math.sqrt(3.0 / width);
        while (bytes.hasRemaining()) {
            bytes.putFloat(bound * (random.nextFloat() * 2 - 1));
        }
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(width)
                .addDims(width)
                .setRawData(ByteString.copyFrom(bytes.flip()))
                .build();
    }

    private static ValueInfoProto row(String name, int width) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(TensorShapeProto.newBuilder()
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimParam("batch"))
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimValue(width)))))
                .build();
    }

    private static void write(ModelProto model, Path file) {
        try {
            Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = Files.createTempFile(folder, "model", ".part");
            Files.write(part, model.toByteArray());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
