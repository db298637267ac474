package dev.nereid.models.pytorch.archive;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes pickles of protocol 2, opcode by opcode and from Java's values. */
public final class PickleBytes {
    /** A tensor of a storage. */
    public record View(
            String storageClass, String key, long elements, long offset, List<Long> sizes, List<Long> strides) {
        /** FP32 elements in order, the whole of a storage. */
        public static View floats(String key, long... sizes) {
            return inOrder("FloatStorage", key, sizes);
        }

        /** Elements in order, the whole of a storage. */
        public static View inOrder(String storageClass, String key, long... sizes) {
            long elements = 1;
            Long[] dims = new Long[sizes.length];
            Long[] strides = new Long[sizes.length];
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                strides[axis] = elements;
                dims[axis] = sizes[axis];
                elements *= sizes[axis];
            }
            return new View(storageClass, key, elements, 0, List.of(dims), List.of(strides));
        }
    }

    /** An object of a TorchScript class. */
    public record Instance(String className, Object state) {}

    /** A tuple. */
    public record Tuple(List<Object> items) {
        public static Tuple of(Object... items) {
            return new Tuple(List.of(items));
        }
    }

    /** A call of a function. */
    record Call(String module, String name, Tuple arguments) {}

    /** The name of a class, alone. */
    record Name(String module, String name) {}

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    PickleBytes() {
        op(0x80, 2);
    }

    /** A pickle of a value: null, Boolean, Long, Double, String, List, Map, and the records here. */
    public static byte[] of(Object value) {
        return new PickleBytes().value(value).op('.').build();
    }

    PickleBytes op(int... raw) {
        for (int each : raw) {
            bytes.write(each);
        }
        return this;
    }

    byte[] build() {
        return bytes.toByteArray();
    }

    PickleBytes global(String module, String name) {
        op('c');
        bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleBytes text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        op('X');
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(encoded.length)
                .array());
        bytes.writeBytes(encoded);
        return this;
    }

    PickleBytes value(Object value) {
        switch (value) {
            case None _ -> op('N');
            case Boolean truth -> op(truth ? 0x88 : 0x89);
            case Integer integer -> value(integer.longValue());
            case Long integer -> {
                op(0x8a, 8);
                bytes.writeBytes(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(integer)
                        .array());
            }
            case Double real -> {
                op('G');
                bytes.writeBytes(ByteBuffer.allocate(8).putDouble(real).array());
            }
            case String text -> text(text);
            case List<?> items -> {
                op(']', '(');
                items.forEach(this::value);
                op('e');
            }
            case Map<?, ?> entries -> {
                op('}', '(');
                entries.forEach((key, each) -> value(key).value(each));
                op('u');
            }
            case Tuple(List<Object> items) -> {
                op('(');
                items.forEach(this::value);
                op('t');
            }
            case Instance(String className, Object state) -> {
                int dot = className.lastIndexOf('.');
                global(className.substring(0, dot), className.substring(dot + 1));
                op(')', 0x81).value(state).op('b');
            }
            case Name(String module, String name) -> global(module, name);
            case Call(String module, String name, Tuple arguments) ->
                global(module, name).value(arguments).op('R');
            case View view ->
                global("torch._utils", "_rebuild_tensor_v2")
                        .value(arguments(view))
                        .op('R');
            case Storage(View view) ->
                value(Tuple.of("storage", new Name("torch", view.storageClass), view.key, "cpu", view.elements))
                        .op('Q');
            default -> throw new IllegalArgumentException(String.valueOf(value));
        }
        return this;
    }

    /** The arguments that make a view. */
    static Tuple arguments(View view) {
        return Tuple.of(
                new Storage(view),
                view.offset,
                new Tuple(List.copyOf(view.sizes)),
                new Tuple(List.copyOf(view.strides)),
                false,
                new Call("collections", "OrderedDict", Tuple.of()));
    }

    /** A tensor of quantised numbers, with one scale. */
    public static Object quantized(View view, double scale, long zeroPoint) {
        return quantized(view, Tuple.of(new Name("torch", "per_tensor_affine"), scale, zeroPoint));
    }

    /** A tensor of quantised numbers, with a scale and zero point for each place of an axis. */
    public static Object quantized(View view, View scales, View zeroPoints, long axis) {
        return quantized(view, Tuple.of(new Name("torch", "per_channel_affine"), scales, zeroPoints, axis));
    }

    private static Call quantized(View view, Tuple parameters) {
        List<Object> items = new java.util.ArrayList<>(arguments(view).items());
        items.add(4, parameters);
        return new Call("torch._utils", "_rebuild_qtensor", new Tuple(items));
    }

    /** Python's None. */
    public enum None {
        NONE
    }

    /** The storage of a view. */
    record Storage(View view) {}
}
