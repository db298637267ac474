package dev.nereid.models.tensorflow.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.tensorflow.BundleEntryProto;
import dev.nereid.proto.tensorflow.BundleHeaderProto;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.proto.tensorflow.TensorSliceProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Variables that are saved in slices, as TensorFlow's partitioners leave them. */
@SuppressWarnings("NullAway.Init") // set before each test
class PartitionedVariablesTest {
    private static final String NAME = "w";

    @TempDir
    private Path folder;

    private Path variables;
    private final Map<String, Message> entries = new TreeMap<>();
    private byte[] shard = new byte[0];

    @BeforeEach
    void create() throws IOException {
        variables = Files.createDirectories(folder.resolve("variables"));
        entries.put("", BundleHeaderProto.newBuilder().setNumShards(1).build());
    }

    /** Keys as TensorFlow's ordered_code.cc makes them. */
    @Test
    void keysOfSlicesAreTensorflowsOrderedCodes() {
        assertThat(hex(slice(0, 2, 0, -1).key("w"))).isEqualTo("00" + "77" + "0001" + "0102" + "8082" + "807f");
        assertThat(hex(slice(64, 300).key("a"))).isEqualTo("00" + "61" + "0001" + "0101" + "c040" + "c12c");
        assertThat(hex(slice(8191, 8192).key(""))).isEqualTo("00" + "0001" + "0101" + "dfff" + "e02000");
        assertThat(hex(slice(1L << 62, 63).key(""))).isEqualTo("00" + "0001" + "0101" + "ffc04000000000000000" + "bf");
        assertThat(hex(slice().key("\u0000"))).isEqualTo("00" + "00ff" + "0001" + "00");
    }

    @Test
    void slicesOfRowsAreJoined() throws IOException {
        write(List.of(4L, 3L), slice(0, 1, 0, -1), slice(1, 3, 0, -1));
        assertThat(read("")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void slicesOfColumnsAreJoined() throws IOException {
        write(List.of(2L, 3L, 2L), slice(0, -1, 0, 2, 0, -1), slice(0, -1, 2, 1, 0, -1));
        assertThat(read("")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void aSliceIsReadAsItWasSavedOrCut() throws IOException {
        write(List.of(4L, 3L), slice(0, 2, 0, -1), slice(2, 2, 0, -1));
        assertThat(read("4 3 2,2:-")).containsExactly(6, 7, 8, 9, 10, 11);
        assertThat(read("4 3 0,2:0,3")).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(read("4 3 1,2:1,2")).containsExactly(4, 5, 7, 8);
    }

    @Test
    void slicesWithGapsOverlapsOrOutsideAreRefusedByTheNameOfTheTensor() throws IOException {
        write(List.of(4L, 3L), slice(0, 2, 0, -1));
        refused("", "tensor 'w'", "its slices have 6 elements: expected 12");
        write(List.of(4L, 3L), slice(0, 2, 0, -1), slice(1, 3, 0, -1));
        refused("", "tensor 'w'", "two of its slices overlap");
        write(List.of(4L, 3L), slice(0, 4, 0, -1));
        refused("4 3 3,2:-", "tensor 'w'", "the slice from [3, 0] of lengths [2, -1] does not lie in a tensor");
        refused("4 3 3;2", "'4 3 3;2' is no slice of a tensor");
    }

    @Test
    void slicesThatShareTheirBytesAreRefusedBeforeTheyAreJoined() throws IOException {
        write(List.of(3L), slice(0, 1), slice(1, 1), slice(2, 1));
        Message first = Objects.requireNonNull(entries.get(slice(0, 1).key(NAME)));
        entries.put(slice(1, 1).key(NAME), first);
        entries.put(slice(2, 1).key(NAME), first);
        Files.write(variables.resolve("variables.index"), WrittenSavedModel.table(entries, false));
        Files.write(variables.resolve("variables.data-00000-of-00001"), Arrays.copyOf(shard, Float.BYTES));
        refused("", "tensor 'w'", "its slices have 12 bytes, and their shards 4");
    }

    @Test
    void whatASignatureReadsIsTheSliceThatItsRestoreOperationNames() throws IOException {
        WrittenSavedModel.write(folder);
        GraphDef.Builder graph = WrittenSavedModel.graph();
        graph.getLibraryBuilder()
                .setFunction(1, WrittenSavedModel.restoring(List.of(NAME, NAME), List.of("4 1,1", "4 2,1")));
        Files.write(
                folder.resolve("saved_model.pb"),
                WrittenSavedModel.model(graph.build()).toByteArray());
        write(List.of(4L), slice(0, 2), slice(2, 2));
        try (Arena arena = Arena.ofShared()) {
            Tensor x = Tensor.of(
                    dev.nereid.tensor.DataType.FP32, Shape.of(3), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 5));
            // x * 1 + 2
            assertThat(Objects.requireNonNull(
                            SavedModelRuns.run(folder, "", Map.of("x", x)).get("y")))
                    .containsExactly(3, 4, 7);
        }
    }

    private static String hex(String key) {
        return HexFormat.of().formatHex(key.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A slice of start and length of each dim. */
    private static TensorSlice slice(long... extents) {
        TensorSliceProto.Builder message = TensorSliceProto.newBuilder();
        for (int i = 0; i < extents.length; i += 2) {
            TensorSliceProto.Extent.Builder extent = message.addExtentBuilder().setStart(extents[i]);
            if (extents[i + 1] >= 0) {
                extent.setLength(extents[i + 1]);
            }
        }
        return TensorSlice.of(message.build());
    }

    /** Writes a tensor of FP32 whose elements are their indexes, in slices. */
    private void write(List<Long> dims, TensorSlice... slices) throws IOException {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        dims.forEach(dim -> shape.addDimBuilder().setSize(dim));
        BundleEntryProto.Builder whole =
                BundleEntryProto.newBuilder().setDtype(DataType.DT_FLOAT).setShape(shape);
        for (TensorSlice slice : slices) {
            TensorSliceProto.Builder message = TensorSliceProto.newBuilder();
            for (int i = 0; i < dims.size(); i++) {
                TensorSliceProto.Extent.Builder extent =
                        message.addExtentBuilder().setStart(slice.starts().get(i));
                if (slice.lengths().get(i) >= 0) {
                    extent.setLength(slice.lengths().get(i));
                }
            }
            whole.addSlices(message);
            long[] known = slice.within(dims.stream().mapToLong(Long::longValue).toArray())
                    .dims();
            entries.put(slice.key(NAME), part(dims, slice.starts(), known));
        }
        entries.put(NAME, whole.build());
        Files.write(variables.resolve("variables.index"), WrittenSavedModel.table(entries, false));
        Files.write(variables.resolve("variables.data-00000-of-00001"), shard);
    }

    /** Adds the elements of a part to the shard. */
    private BundleEntryProto part(List<Long> dims, List<Long> starts, long[] lengths) {
        int count = (int) Arrays.stream(lengths).reduce(1, (a, b) -> a * b);
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            long rest = i;
            long index = 0;
            long stride = 1;
            for (int axis = lengths.length - 1; axis >= 0; axis--) {
                index += (starts.get(axis) + rest % lengths[axis]) * stride;
                rest /= lengths[axis];
                stride *= dims.get(axis);
            }
            bytes.putFloat((float) index);
        }
        int offset = shard.length;
        shard = Arrays.copyOf(shard, offset + bytes.capacity());
        System.arraycopy(bytes.array(), 0, shard, offset, bytes.capacity());
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        Arrays.stream(lengths).forEach(length -> shape.addDimBuilder().setSize(length));
        return BundleEntryProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setShape(shape)
                .setOffset(offset)
                .setSize(bytes.capacity())
                .setCrc32C(MaskedChecksum.of(bytes.array(), bytes.capacity()))
                .build();
    }

    private double[] read(String slice) {
        try (ImportMemory memory = new ImportMemory()) {
            return SavedModelRuns.numbers(VariableBundle.open(variables, memory).tensor(NAME, slice));
        }
    }

    private void refused(String slice, String... parts) {
        assertThatThrownBy(() -> read(slice))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll(parts);
    }
}
