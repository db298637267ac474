package dev.nereid.models.onnx;

import static dev.nereid.models.onnx.OnnxFiles.floats;
import static dev.nereid.models.onnx.OnnxFiles.initializer;
import static dev.nereid.models.onnx.OnnxFiles.model;
import static dev.nereid.models.onnx.OnnxFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.SparseTensorProto;
import dev.nereid.proto.onnx.StringStringEntryProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorReadingTest {
    @TempDir
    private Path folder;

    private ImportedModel load(TensorProto.Builder tensor) {
        return load(GraphProto.newBuilder().addInitializer(tensor));
    }

    private ImportedModel load(GraphProto.Builder graph) {
        graph.addInput(floats("x", 1)).addOutput(floats("x", 1));
        return OnnxImporter.load(write(folder, model(graph.build())));
    }

    private static Tensor only(ImportedModel model) {
        return model.graph().initializers().values().iterator().next();
    }

    private static byte[] bytes(ImportedModel model) {
        Tensor tensor = only(model);
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void readsEveryTypedField() {
        try (ImportedModel model =
                load(initializer("w", DataType.FLOAT, 2).addFloatData(1).addFloatData(-2))) {
            assertThat(only(model).segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4))
                    .isEqualTo(-2f);
        }
        try (ImportedModel model = load(initializer("w", DataType.DOUBLE, 1).addDoubleData(0.1))) {
            assertThat(only(model).segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0))
                    .isEqualTo(0.1);
        }
        try (ImportedModel model = load(initializer("w", DataType.INT64).addInt64Data(Long.MIN_VALUE))) {
            assertThat(only(model).shape()).isEqualTo(Shape.SCALAR);
            assertThat(only(model).segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                    .isEqualTo(Long.MIN_VALUE);
        }
        try (ImportedModel model = load(initializer("w", DataType.UINT32, 1).addUint64Data(0xFFFF_FFFFL))) {
            assertThat(bytes(model)).containsExactly(-1, -1, -1, -1);
        }
        try (ImportedModel model = load(initializer("w", DataType.FLOAT16, 1).addInt32Data(0x3C00))) {
            assertThat(bytes(model)).containsExactly(0x00, 0x3C);
        }
        try (ImportedModel model =
                load(initializer("w", DataType.INT8, 2).addInt32Data(-5).addInt32Data(7))) {
            assertThat(bytes(model)).containsExactly(-5, 7);
        }
        try (ImportedModel model =
                load(initializer("w", DataType.COMPLEX64, 1).addFloatData(1).addFloatData(2))) {
            assertThat(only(model).segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4))
                    .isEqualTo(2f);
        }
        try (ImportedModel model =
                load(initializer("w", DataType.STRING, 1).addStringData(ByteString.copyFromUtf8("é")))) {
            assertThat(only(model).strings()[0]).isEqualTo("é".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void unpacksElementsThatShareAByteWithTheirSign() {
        ByteString packed = ByteString.copyFrom(new byte[] {(byte) 0x8F, 0x07});
        try (ImportedModel model = load(initializer("w", DataType.INT4, 3).setRawData(packed))) {
            assertThat(bytes(model)).containsExactly(-1, -8, 7);
        }
        try (ImportedModel model = load(initializer("w", DataType.UINT4, 3).setRawData(packed))) {
            assertThat(bytes(model)).containsExactly(15, 8, 7);
        }
        ByteString four = ByteString.copyFrom(new byte[] {(byte) 0b11_10_01_00});
        try (ImportedModel model = load(initializer("w", DataType.INT2, 4).setRawData(four))) {
            assertThat(bytes(model)).containsExactly(0, 1, -2, -1);
        }
        try (ImportedModel model =
                load(initializer("w", DataType.UINT4, 3).addInt32Data(0x8F).addInt32Data(0x07))) {
            assertThat(bytes(model)).containsExactly(15, 8, 7);
        }
    }

    @Test
    void writesWhatItReads() {
        ByteString packed = ByteString.copyFrom(new byte[] {(byte) 0x8F, 0x07});
        byte[] message =
                initializer("w", DataType.INT4, 3).setRawData(packed).build().toByteArray();
        try (OnnxTensors tensors = new OnnxTensors()) {
            Tensor tensor = tensors.read(message).tensor();
            assertThat(OnnxTensors.write("w", tensor)).isEqualTo(message);
        }
    }

    @Test
    void refusesDataThatDoesNotFitTheShape() {
        TensorProto.Builder tensor = initializer("w", DataType.FLOAT, 3).setRawData(ByteString.copyFrom(new byte[8]));
        assertThatThrownBy(() -> load(tensor))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("initializer 'w'")
                .hasMessageContaining("12 bytes")
                .hasMessageContaining("has 8");
    }

    @Test
    void takesNoMemoryForElementsThatAreOnlyClaimed() {
        for (long[] dims : new long[][] {{1L << 40}, {1L << 40, 1L << 40}, {-1}, {Long.MAX_VALUE, 2}}) {
            assertThatThrownBy(() -> load(initializer("w", DataType.FLOAT, dims)))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("'w'");
        }
    }

    @Test
    void namesATensorOfAnUnknownType() {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName("w").setDataType(99);
        assertThatThrownBy(() -> load(tensor))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'w'")
                .hasMessageContaining("99");
    }

    @Test
    void makesSparseTensorsDense() {
        SparseTensorProto sparse = SparseTensorProto.newBuilder()
                .setValues(initializer("w", DataType.INT32, 2).addInt32Data(5).addInt32Data(6))
                .setIndices(initializer("", DataType.INT64, 2, 2)
                        .addInt64Data(0)
                        .addInt64Data(1)
                        .addInt64Data(1)
                        .addInt64Data(0))
                .addDims(2)
                .addDims(2)
                .build();
        try (ImportedModel model = load(GraphProto.newBuilder().addSparseInitializer(sparse))) {
            int[] dense = only(model).segment().asSlice(0, 16).toArray(ValueLayout.JAVA_INT_UNALIGNED);
            assertThat(dense).containsExactly(0, 5, 6, 0);
        }
    }

    private static TensorProto.Builder external(String location, long offset, long length) {
        return initializer("w", DataType.UINT8, length)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(length)));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    @Test
    void readsExternalDataBesideTheModel() throws IOException {
        Files.write(folder.resolve("weights.bin"), new byte[] {1, 2, 3, 4, 5});
        try (ImportedModel model = load(external("weights.bin", 1, 3))) {
            assertThat(bytes(model)).containsExactly(2, 3, 4);
        }
    }

    @Test
    void refusesExternalDataBeyondItsFile() throws IOException {
        Files.write(folder.resolve("weights.bin"), new byte[5]);
        for (long offset : new long[] {3, 6, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> load(external("weights.bin", offset, 3)))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("'w'")
                    .hasMessageContaining("weights.bin");
        }
    }

    @Test
    void refusesExternalDataOutsideTheModelsFolder() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.write(folder.resolve("secret.bin"), new byte[3]);
        Files.createSymbolicLink(inner.resolve("link.bin"), folder.resolve("secret.bin"));
        String absolute = folder.resolve("secret.bin").toString();
        for (String location : new String[] {"../secret.bin", "link.bin", absolute, ".", "missing.bin", "a\0b"}) {
            ModelProto.Builder model = model(GraphProto.newBuilder()
                    .addInput(floats("x", 1))
                    .addOutput(floats("x", 1))
                    .addInitializer(external(location, 0, 3))
                    .build());
            assertThatThrownBy(() -> OnnxImporter.load(write(inner, model)))
                    .describedAs(location)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("'w'");
        }
    }

    @Test
    void loadsNinetyMegabytesOfWeightsWithoutThemOnTheHeap() throws IOException {
        int tensors = 90;
        Path file = folder.resolve("large.onnx");
        writeLarge(file, tensors);
        assertThat(Files.size(file)).isGreaterThan(90_000_000L);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        OnnxImporter.load(file).close();

        long before = threads.getCurrentThreadAllocatedBytes();
        try (ImportedModel model = OnnxImporter.load(file)) {
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated).isLessThan(2_000_000L);
            assertThat(model.graph().initializers()).hasSize(tensors);
            assertThat(only(model).segment().get(ValueLayout.JAVA_BYTE, 999_999))
                    .isEqualTo((byte) 7);
        }
    }

    /** A model whose weights are as many tensors of a million bytes, written piece by piece. */
    private static void writeLarge(Path file, int tensors) throws IOException {
        byte[] weights = new byte[1_000_000];
        java.util.Arrays.fill(weights, (byte) 7);
        ModelProto.Builder head = model(GraphProto.newBuilder()
                .addInput(floats("x", 1))
                .addOutput(floats("x", 1))
                .build());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            head.build().writeTo(out);
            for (int i = 0; i < tensors; i++) {
                TensorProto tensor = initializer("w" + i, DataType.UINT8, weights.length)
                        .setRawData(com.google.protobuf.UnsafeByteOperations.unsafeWrap(weights))
                        .build();
                // Another graph field is merged into the first.
                ModelProto.newBuilder()
                        .setGraph(GraphProto.newBuilder().addInitializer(tensor))
                        .build()
                        .writeTo(out);
            }
        }
    }
}
