package dev.nereid.models.pytorch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleBytes.Call;
import dev.nereid.models.pytorch.archive.PickleBytes.Instance;
import dev.nereid.models.pytorch.archive.PickleBytes.Tuple;
import dev.nereid.models.pytorch.archive.PickleBytes.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PickleTest {
    @Test
    void plainValuesAreRead() {
        assertThat(read(PickleBytes.None.NONE)).isEqualTo(PickleValue.none());
        assertThat(read(true)).isEqualTo(new PickleValue.OfBoolean(true));
        assertThat(read(-5L)).isEqualTo(new PickleValue.OfInteger(-5));
        assertThat(read(Long.MIN_VALUE)).isEqualTo(new PickleValue.OfInteger(Long.MIN_VALUE));
        assertThat(read(0.1)).isEqualTo(new PickleValue.OfReal(0.1));
        assertThat(read("größe")).isEqualTo(new PickleValue.OfText("größe"));
        assertThat(read(Tuple.of(1L, "a")))
                .isEqualTo(new PickleValue.OfTuple(List.of(new PickleValue.OfInteger(1), new PickleValue.OfText("a"))));
        assertThat(read(List.of(1L, 2L)))
                .isInstanceOfSatisfying(
                        PickleValue.OfList.class,
                        list -> assertThat(list.items())
                                .containsExactly(new PickleValue.OfInteger(1), new PickleValue.OfInteger(2)));
        assertThat(read(Map.of("k", 3L)))
                .isInstanceOfSatisfying(
                        PickleValue.OfDict.class,
                        dict -> assertThat(dict.find("k")).contains(new PickleValue.OfInteger(3)));
    }

    @Test
    void shortIntegersAndTheOpcodesOfProtocolFourAreRead() {
        assertThat(run(raw(4).op('K', 200, '.'))).isEqualTo(new PickleValue.OfInteger(200));
        assertThat(run(raw(2).op('M', 1, 2, '.'))).isEqualTo(new PickleValue.OfInteger(513));
        assertThat(run(raw(2).op('J', 0xFE, 0xFF, 0xFF, 0xFF, '.'))).isEqualTo(new PickleValue.OfInteger(-2));
        assertThat(run(raw(2).op(0x8a, 1, 0xFF, '.'))).isEqualTo(new PickleValue.OfInteger(-1));
        assertThat(run(raw(2).op(0x8a, 0, '.'))).isEqualTo(new PickleValue.OfInteger(0));
        assertThat(run(raw(4).op(0x95, 9, 0, 0, 0, 0, 0, 0, 0).op(0x8c, 2, 'h', 'i', 0x94, '0', 'h', 0, '.')))
                .isEqualTo(new PickleValue.OfText("hi"));
    }

    @Test
    void aValueThatIsNamedTwiceIsOneObject() {
        PickleValue pair = run(raw(2).op(']', 'q', 7, 'h', 7, 0x86, '.'));
        assertThat(pair)
                .isInstanceOfSatisfying(
                        PickleValue.OfTuple.class,
                        tuple -> assertThat(tuple.items().getFirst())
                                .isSameAs(tuple.items().getLast()));
    }

    @Test
    void objectsOfScriptClassesHaveAttributes() {
        PickleValue value = read(new Instance("__torch__.net.___torch_mangle_3.Net", Map.of("training", false)));
        assertThat(value).isInstanceOfSatisfying(PickleValue.OfObject.class, object -> {
            assertThat(object.className()).isEqualTo("__torch__.net.___torch_mangle_3.Net");
            assertThat(object.attribute("training")).contains(new PickleValue.OfBoolean(false));
            assertThat(object.attribute("absent")).isEmpty();
        });
        assertThat(read(new Call("__torch__.net", "Colour", Tuple.of(2L))))
                .isEqualTo(new PickleValue.OfEnumeration("__torch__.net.Colour", new PickleValue.OfInteger(2)));
    }

    @Test
    void tensorsNameTheirStorage() {
        View view = new View("HalfStorage", "12", 10, 2, List.of(2L, 3L), List.of(1L, 2L));
        PickleValue.OfTensor expected = new PickleValue.OfTensor(
                new PickleValue.Storage("data/12", StorageType.HALF, 10), 2, List.of(2L, 3L), List.of(1L, 2L));
        assertThat(read(view)).isEqualTo(expected);
        assertThat(read(new Call("torch._utils", "_rebuild_parameter", Tuple.of(view, true))))
                .isEqualTo(expected);
    }

    @Test
    void quantisedTensorsHaveTheirScales() {
        View integers = View.inOrder("QInt8Storage", "0", 2, 3);
        Tuple whole = Tuple.of(new PickleBytes.Name("torch", "per_tensor_affine"), 0.5, 7L);
        assertThat(read(quantized(integers, whole)))
                .isInstanceOfSatisfying(PickleValue.OfQuantizedTensor.class, tensor -> {
                    assertThat(tensor.integers().storage().type()).isEqualTo(StorageType.QUANTIZED_INT8);
                    assertThat(tensor.quantization()).isEqualTo(new PickleValue.Quantization.PerTensor(0.5, 7));
                });
        View scales = View.inOrder("DoubleStorage", "1", 3);
        View zeroPoints = View.inOrder("LongStorage", "2", 3);
        Tuple channels = Tuple.of(new PickleBytes.Name("torch", "per_channel_affine"), scales, zeroPoints, 1L);
        assertThat(read(quantized(integers, channels)))
                .isInstanceOfSatisfying(
                        PickleValue.OfQuantizedTensor.class,
                        tensor -> assertThat(tensor.quantization())
                                .isInstanceOfSatisfying(PickleValue.Quantization.PerChannel.class, each -> {
                                    assertThat(each.axis()).isEqualTo(1);
                                    assertThat(each.scales().storage().name()).isEqualTo("data/1");
                                }));
        Tuple outside = Tuple.of(new PickleBytes.Name("torch", "per_channel_affine"), scales, zeroPoints, 2L);
        refused("quantised on axis 2", PickleBytes.of(quantized(integers, outside)));
    }

    @Test
    void otherClassesAndFunctionsAreRefusedByName() {
        refused("os.system", raw(2).global("os", "system").op('.').build());
        refused("builtins.eval", PickleBytes.of(new Call("builtins", "eval", Tuple.of("1"))));
        refused("torch.load", raw(2).global("torch", "load").op('.').build());
        refused("__torch__x.A", PickleBytes.of(new Instance("__torch__x.A", Map.of())));
        refused(
                "posix.system",
                raw(4).text("posix").text("system").op(0x93, '.').build());
        refused("opcode 0x69", raw(2).op('i').build());
    }

    @Test
    void aPickleThatIsCutOffIsRefused() {
        byte[] whole =
                PickleBytes.of(new Instance("__torch__.A", Map.of("w", View.floats("0", 2, 2), "l", List.of(1L))));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(ModelFormatException.class).isThrownBy(() -> run(cut));
        }
    }

    @Test
    void valuesThatContainThemselvesAreRefused() {
        refused(
                "a list of 1 that contains itself",
                raw(2).op(']', 'q', 0, 'h', 0, 'a', '.').build());
        byte[] module = raw(2).global("__torch__", "M")
                .op(')', 0x81, 'q', 0, '}')
                .text("child")
                .op('h', 0, 's', 'b', '.')
                .build();
        refused("__torch__.M that contains itself", module);
    }

    @Test
    void deepAndRepeatedNestingIsRefused() {
        PickleBytes deep = raw(2).op(')');
        for (int i = 0; i < 200; i++) {
            deep.op(0x85);
        }
        refused("nested more than", deep.op('.').build());
        PickleBytes doubled = raw(2).op('N', 0x85);
        for (int i = 0; i < 60; i++) {
            doubled.op('2', 0x86);
        }
        refused("repeat others", doubled.op('.').build());
    }

    @Test
    void damagedPicklesAreRefused() {
        refused("protocol 5", raw(5).op('N', '.').build());
        refused("where there is none", raw(2).op('.').build());
        refused("more than one value", raw(2).op('N', 'N', '.').build());
        refused("no mark", raw(2).op('t', '.').build());
        refused("refers to its value 3", raw(2).op('h', 3, '.').build());
        refused("appends to", raw(2).op('N', 'N', 'a', '.').build());
        refused("dict with the key", raw(2).op('}', ']', 'N', 's', '.').build());
        refused("gives a state to", raw(2).op('N', 'N', 'b', '.').build());
        refused("integer of 9 bytes", raw(2).op(0x8a, 9).build());
        refused("persistent id", raw(2).text("x").op(0x85, 'Q', '.').build());
        refused("length", raw(2).op('X', 255, 255, 255, 255).build());
    }

    private static Call quantized(View integers, Tuple quantization) {
        Tuple view = PickleBytes.arguments(integers);
        return new Call(
                "torch._utils",
                "_rebuild_qtensor",
                Tuple.of(
                        view.items().get(0),
                        view.items().get(1),
                        view.items().get(2),
                        view.items().get(3),
                        quantization,
                        false,
                        view.items().get(5)));
    }

    private static PickleBytes raw(int protocol) {
        return new PickleBytes().op(0x80, protocol);
    }

    private static PickleValue read(Object value) {
        return run(PickleBytes.of(value));
    }

    private static PickleValue run(PickleBytes pickle) {
        return run(pickle.build());
    }

    private static PickleValue run(byte[] pickle) {
        return Pickle.read(MemorySegment.ofArray(pickle), "data");
    }

    private static void refused(String message, byte[] pickle) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> run(pickle))
                .withMessageContaining(message);
    }
}
