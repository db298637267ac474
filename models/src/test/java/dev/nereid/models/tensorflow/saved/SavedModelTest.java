package dev.nereid.models.tensorflow.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.BundleEntryProto;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.TensorSliceProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SavedModels that this test writes: what they answer, and how damaged ones are refused. */
@SuppressWarnings("NullAway.Init") // set before each test
class SavedModelTest {
    @TempDir
    private Path folder;

    private Path index;

    @BeforeEach
    void write() throws IOException {
        WrittenSavedModel.write(folder);
        index = folder.resolve("variables/variables.index");
    }

    @Test
    void functionsAreInlinedAndVariablesRestored() {
        assertThat(run()).containsExactly(2.5, 3, 4.5);
    }

    @Test
    void compressedBlocksOfTheIndexAreRead() throws IOException {
        Files.write(index, WrittenSavedModel.table(entries(), true));
        assertThat(run()).containsExactly(2.5, 3, 4.5);
    }

    @Test
    void copiesOfCompressedBlocksMayOverlap() {
        // The length 8; the literal "ab"; a copy of 6 bytes from 2 before.
        byte[] compressed = {8, 1 << 2, 'a', 'b', ((6 - 4) << 2) | 1, 2};
        assertThat(SnappyBlock.decompress(compressed)).asString().isEqualTo("abababab");
        compressed[5] = 3;
        assertThatThrownBy(() -> SnappyBlock.decompress(compressed)).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void aTruncatedIndexIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(index);
        for (int length = 0; length < whole.length; length++) {
            Files.write(index, Arrays.copyOf(whole, length));
            assertThatThrownBy(this::run).isInstanceOf(ModelFormatException.class);
        }
    }

    @Test
    void aWrongChecksumIsRefused() throws IOException {
        Path shard = folder.resolve("variables/variables.data-00000-of-00001");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[1] ^= 1;
        Files.write(shard, bytes);
        refused("tensor '" + WrittenSavedModel.A + "'", "its checksum is wrong");

        byte[] table = Files.readAllBytes(index);
        table[20] ^= 1;
        Files.write(index, table);
        refused("variables.index", "the checksum of the block at 0 is wrong");
    }

    @Test
    void tensorsOutsideTheirShardsAreRefused() throws IOException {
        change(entry -> entry.setOffset(6));
        refused("it takes 4 bytes at 6 of shard 0, which has 9");
        change(entry -> entry.setOffset(-1));
        refused("it takes 4 bytes at -1");
        change(entry -> entry.setSize(Long.MAX_VALUE));
        refused("it takes");
        change(entry -> entry.setShardId(1));
        refused("it lies in shard 1 of 1");
        change(entry -> {
            entry.getShapeBuilder().addDimBuilder().setSize(1L << 62);
            return entry;
        });
        refused("tensor '" + WrittenSavedModel.A + "'");
    }

    @Test
    void aSliceThatIsNotInTheCheckpointIsRefused() throws IOException {
        change(entry -> entry.addSlices(TensorSliceProto.getDefaultInstance()));
        refused("its slice from [] of lengths [] is missing");
    }

    @Test
    void aVariableThatIsNotInTheCheckpointIsRefusedByName() throws IOException {
        Map<String, Message> entries = entries();
        entries.remove(WrittenSavedModel.B);
        Files.write(index, WrittenSavedModel.table(entries, false));
        refused("the checkpoint has no tensor '" + WrittenSavedModel.B + "'");
        Files.delete(index);
        refused("the checkpoint has no tensor");
    }

    @Test
    void recursionIsRefused() throws IOException {
        GraphDef.Builder graph = WrittenSavedModel.graph();
        graph.getLibraryBuilder()
                .setFunction(
                        0,
                        WrittenSavedModel.function("serve", "x", "a", "b")
                                .addNodeDef(WrittenSavedModel.call("again", "serve", "x", "a", "b"))
                                .putRet("out", "again:output:0"));
        graph(graph);
        refused("function 'serve' calls itself");
    }

    @Test
    void functionsThatDoubleAtEachCallAreRefusedInAMoment() throws IOException {
        GraphDef.Builder graph = WrittenSavedModel.graph();
        for (int i = 0; i < 60; i++) {
            graph.getLibraryBuilder()
                    .addFunction(WrittenSavedModel.function("f" + i, "x")
                            .addNodeDef(WrittenSavedModel.call("one", "f" + (i + 1), "x"))
                            .addNodeDef(WrittenSavedModel.call("two", "f" + (i + 1), "one:output:0"))
                            .putRet("out", "two:output:0"));
        }
        graph.getLibraryBuilder()
                .addFunction(WrittenSavedModel.function("f60", "x").putRet("out", "x"));
        graph.setNode(4, WrittenSavedModel.call("call", "f0", "serving_x"));
        graph(graph);
        refused("more than 1000000");
    }

    @Test
    void callsThatDependOnEachOtherAreRefused() throws IOException {
        GraphDef.Builder graph = WrittenSavedModel.graph();
        graph.getLibraryBuilder()
                .addFunction(WrittenSavedModel.function("same", "x").putRet("out", "x"));
        graph.setNode(4, WrittenSavedModel.call("call", "same", "other"))
                .addNode(WrittenSavedModel.call("other", "same", "call"));
        graph(graph);
        refused("calls that depend on each other");
    }

    @Test
    void aSignatureThatChangesAVariableIsRefusedByName() throws IOException {
        GraphDef.Builder graph = WrittenSavedModel.graph();
        graph.getLibraryBuilder()
                .getFunctionBuilder(0)
                .addNodeDef(WrittenSavedModel.node("change", "AssignAddVariableOp", "a", "x"))
                .putControlRet("change", "change");
        graph(graph);
        refused("AssignAddVariableOp node 'call/serve/change'", "changes a variable");
    }

    @Test
    void anotherSignatureThanThereIsIsRefusedWithTheNames() {
        assertThatThrownBy(() -> SavedModelRuns.run(folder, "other", Map.of()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("no signature 'other', only [serving_default]");
    }

    private void graph(GraphDef.Builder graph) throws IOException {
        Files.write(
                folder.resolve("saved_model.pb"),
                WrittenSavedModel.model(graph.build()).toByteArray());
    }

    private Map<String, Message> entries() throws IOException {
        return WrittenSavedModel.entries(Files.readAllBytes(folder.resolve("variables/variables.data-00000-of-00001")));
    }

    /** Writes the index with another entry for the first variable. */
    private void change(UnaryOperator<BundleEntryProto.Builder> change) throws IOException {
        Map<String, Message> entries = entries();
        BundleEntryProto entry = (BundleEntryProto) Objects.requireNonNull(entries.get(WrittenSavedModel.A));
        entries.put(WrittenSavedModel.A, change.apply(entry.toBuilder()).build());
        Files.write(index, WrittenSavedModel.table(entries, false));
    }

    private void refused(String... parts) {
        assertThatThrownBy(this::run).isInstanceOf(ModelFormatException.class).hasMessageContainingAll(parts);
    }

    private double[] run() {
        try (Arena arena = Arena.ofShared()) {
            Tensor x = Tensor.of(DataType.FP32, Shape.of(3), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 5));
            return Objects.requireNonNull(
                    SavedModelRuns.run(folder, "", Map.of("x", x)).get("y"));
        }
    }
}
