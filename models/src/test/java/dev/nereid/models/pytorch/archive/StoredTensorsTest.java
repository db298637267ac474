package dev.nereid.models.pytorch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleBytes.Tuple;
import dev.nereid.models.pytorch.archive.PickleBytes.View;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredTensorsTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void aTensorInOrderIsAViewOfTheFile() {
        PyTorchArchive archive = archive(View.floats("0", 2, 3));
        Tensor tensor = tensor(archive);
        assertThat(tensor.dataType()).isEqualTo(DataType.FP32);
        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(tensor.segment().address()).isEqualTo(archive.bytes("data/0").address());
    }

    @Test
    void anOffsetIsInElements() {
        Tensor tensor = tensor(archive(new View("FloatStorage", "0", 12, 5, List.of(2L), List.of(1L))));
        assertThat(floats(tensor)).containsExactly(5, 6);
    }

    @Test
    void stridesAreHonoured() {
        View transposed = new View("FloatStorage", "0", 12, 1, List.of(3L, 2L), List.of(1L, 4L));
        assertThat(floats(tensor(archive(transposed)))).containsExactly(1, 5, 2, 6, 3, 7);
        View rows = new View("FloatStorage", "0", 12, 0, List.of(2L, 2L), List.of(6L, 1L));
        assertThat(floats(tensor(archive(rows)))).containsExactly(0, 1, 6, 7);
        View repeated = new View("FloatStorage", "0", 12, 3, List.of(3L), List.of(0L));
        assertThat(floats(tensor(archive(repeated)))).containsExactly(3, 3, 3);
        View one = new View("FloatStorage", "0", 12, 3, List.of(1L, 1L), List.of(77L, 99L));
        assertThat(floats(tensor(archive(one)))).containsExactly(3);
    }

    @Test
    void emptyTensorsAndScalarsAreRead() {
        Tensor empty = tensor(archive(new View("FloatStorage", "0", 12, 0, List.of(0L, 4L), List.of(4L, 1L))));
        assertThat(empty.shape()).isEqualTo(Shape.of(0, 4));
        Tensor scalar = tensor(archive(new View("FloatStorage", "0", 12, 7, List.of(), List.of())));
        assertThat(scalar.shape()).isEqualTo(Shape.SCALAR);
        assertThat(floats(scalar)).containsExactly(7);
    }

    @Test
    void twoTensorsMayShareAStorage() {
        View first = new View("FloatStorage", "0", 12, 0, List.of(4L), List.of(1L));
        View second = new View("FloatStorage", "0", 12, 2, List.of(4L), List.of(1L));
        PyTorchArchive archive = archive(Tuple.of(first, second));
        PickleValue.OfTuple both = (PickleValue.OfTuple) archive.pickle("data.pkl");
        Tensor one = archive.tensor((PickleValue.OfTensor) both.items().get(0));
        Tensor two = archive.tensor((PickleValue.OfTensor) both.items().get(1));
        assertThat(two.segment().address() - one.segment().address()).isEqualTo(8);
    }

    @Test
    void everyElementTypeIsKnown() {
        List<String> names = List.of(
                "Float",
                "Double",
                "Half",
                "BFloat16",
                "Long",
                "Int",
                "Short",
                "Char",
                "Byte",
                "Bool",
                "ComplexFloat",
                "ComplexDouble",
                "QInt8",
                "QUInt8",
                "QInt32");
        assertThat(StorageType.values()).hasSameSizeAs(names);
        Iterator<String> name = names.iterator();
        for (StorageType type : StorageType.values()) {
            long elements = 48 / type.dataType().bytes();
            Tensor tensor = tensor(archive(View.inOrder(name.next() + "Storage", "0", elements)));
            assertThat(tensor.dataType()).isEqualTo(type.dataType());
            assertThat(tensor.byteSize()).isEqualTo(48);
        }
    }

    @Test
    void whatLiesOutsideOfItsStorageIsRefused() {
        refused("takes the elements 9 to 13", new View("FloatStorage", "0", 12, 9, List.of(4L), List.of(1L)));
        refused("takes the elements", new View("FloatStorage", "0", 12, 0, List.of(2L, 2L), List.of(11L, 1L)));
        refused("expected no negative ones", new View("FloatStorage", "0", 12, 3, List.of(2L), List.of(-1L)));
        refused("expected no negative ones", new View("FloatStorage", "0", 12, -1, List.of(2L), List.of(1L)));
        refused("has 48 bytes: expected 13", new View("FloatStorage", "0", 13, 0, List.of(13L), List.of(1L)));
        refused("impossible shape", new View("FloatStorage", "0", 12, 0, List.of(-2L), List.of(1L)));
        refused("impossible shape", new View("FloatStorage", "0", 12, 0, List.of(1L << 62, 4L), List.of(0L, 0L)));
        refused("impossible strides", new View("FloatStorage", "0", 12, 1, List.of(3L), List.of(Long.MAX_VALUE)));
        refused("as many", new View("FloatStorage", "0", 12, 0, List.of(2L), List.of()));
        refused("no entry 'data/9'", new View("FloatStorage", "9", 12, 0, List.of(2L), List.of(1L)));
    }

    @Test
    void elementsThatAreRepeatedWithoutMeasureAreRefused() {
        refused("out of proportion", new View("FloatStorage", "0", 12, 0, List.of(1L << 40), List.of(0L)));
    }

    private void refused(String message, View view) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> tensor(archive(view)))
                .withMessageContaining(message);
    }

    private static Tensor tensor(PyTorchArchive archive) {
        return switch (archive.pickle("data.pkl")) {
            case PickleValue.OfTensor tensor -> archive.tensor(tensor);
            case PickleValue.OfQuantizedTensor tensor -> archive.tensor(tensor.integers());
            default -> throw new AssertionError();
        };
    }

    private static float[] floats(Tensor tensor) {
        float[] floats = new float[(int) tensor.shape().elements()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
        }
        return floats;
    }

    /** An archive of a pickle and one storage of 48 bytes: the floats 0 to 11. */
    private PyTorchArchive archive(Object value) {
        ByteBuffer storage = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 12; i++) {
            storage.putFloat(i);
        }
        byte[] file = new ZipBytes()
                .stored("m/data.pkl", PickleBytes.of(value))
                .stored("m/data/0", storage.array())
                .build();
        MemorySegment segment = arena.allocate(file.length, 64);
        MemorySegment.copy(file, 0, segment, ValueLayout.JAVA_BYTE, 0, file.length);
        return PyTorchArchive.open(segment, arena);
    }
}
