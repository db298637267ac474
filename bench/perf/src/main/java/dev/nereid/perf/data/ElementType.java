package dev.nereid.perf.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The datatypes of the protocol, with what this tool must know of each. Buffers are little-endian. */
// The functions of a type keep no state.
@SuppressWarnings("ImmutableEnumChecker")
public enum ElementType {
    BOOL(
            1,
            (to, r) -> to.put((byte) r.nextInt(2)),
            (to, v) -> to.put((byte) (v.asBoolean() ? 1 : 0)),
            from -> from.get() != 0),
    UINT8(1, (to, r) -> to.put((byte) small(r)), (to, v) -> to.put((byte) v.asLong()), from -> from.get() & 0xff),
    UINT16(
            2,
            (to, r) -> to.putShort((short) small(r)),
            (to, v) -> to.putShort((short) v.asLong()),
            from -> from.getShort() & 0xffff),
    UINT32(
            4,
            (to, r) -> to.putInt(small(r)),
            (to, v) -> to.putInt((int) v.asLong()),
            from -> from.getInt() & 0xffffffffL),
    UINT64(
            8,
            (to, r) -> to.putLong(small(r)),
            (to, v) -> to.putLong(v.bigIntegerValue().longValue()),
            from -> new BigInteger(Long.toUnsignedString(from.getLong()))),
    INT8(1, (to, r) -> to.put((byte) small(r)), (to, v) -> to.put((byte) v.asLong()), from -> (int) from.get()),
    INT16(2, (to, r) -> to.putShort((short) small(r)), (to, v) -> to.putShort((short) v.asLong()), from ->
            (int) from.getShort()),
    INT32(4, (to, r) -> to.putInt(small(r)), (to, v) -> to.putInt((int) v.asLong()), ByteBuffer::getInt),
    INT64(8, (to, r) -> to.putLong(small(r)), (to, v) -> to.putLong(v.asLong()), ByteBuffer::getLong),
    FP16(
            2,
            (to, r) -> to.putShort(Float.floatToFloat16((float) r.nextDouble())),
            (to, v) -> to.putShort(Float.floatToFloat16((float) v.asDouble())),
            from -> Float.float16ToFloat(from.getShort())),
    BF16(
            2,
            (to, r) -> to.putShort(bfloat16((float) r.nextDouble())),
            (to, v) -> to.putShort(bfloat16((float) v.asDouble())),
            from -> Float.intBitsToFloat(from.getShort() << 16)),
    FP32(
            4,
            (to, r) -> to.putFloat((float) r.nextDouble()),
            (to, v) -> to.putFloat((float) v.asDouble()),
            ByteBuffer::getFloat),
    FP64(8, (to, r) -> to.putDouble(r.nextDouble()), (to, v) -> to.putDouble(v.asDouble()), ByteBuffer::getDouble),
    /** Elements are four bytes of length and so many bytes; random ones are made by {@link InputMaker}. */
    BYTES(0, (_, _) -> {}, (_, _) -> {}, ElementType::string);

    private interface Filler {
        void put(ByteBuffer to, SplittableRandom random);
    }

    private interface Writer {
        void put(ByteBuffer to, JsonNode value);
    }

    private static final int SMALL = 128;
    private static final Map<String, ElementType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(Enum::name, Function.identity()));

    private final int bytes;
    private final Filler random;
    private final Writer writer;
    private final Function<ByteBuffer, Object> reader;

    ElementType(int bytes, Filler random, Writer writer, Function<ByteBuffer, Object> reader) {
        this.bytes = bytes;
        this.random = random;
        this.writer = writer;
        this.reader = reader;
    }

    /** The type of a name of the protocol, or of a model's configuration, where it begins with {@code TYPE_}. */
    public static ElementType of(String name) {
        String plain = name.startsWith("TYPE_") ? name.substring("TYPE_".length()) : name;
        ElementType type = BY_NAME.get(plain.equals("STRING") ? "BYTES" : plain);
        if (type == null) {
            throw new IllegalArgumentException("unknown datatype '" + name + "'");
        }
        return type;
    }

    /** Bytes of an element; 0 for strings, whose length varies. */
    public int bytes() {
        return bytes;
    }

    /** Puts a random number: [0, 1) for floats, [0, 128) for integers, which most models take. */
    void putRandom(ByteBuffer to, SplittableRandom random) {
        this.random.put(to, random);
    }

    /** Puts a number of a file. */
    void put(ByteBuffer to, JsonNode value) {
        if (!holds(value)) {
            throw new IllegalArgumentException("expected a " + this + ", got " + value);
        }
        writer.put(to, value);
    }

    /** Whether a number of a file is one of this type; a float may be rounded. */
    private boolean holds(JsonNode value) {
        return switch (this) {
            case BOOL -> value.isBoolean() || isWithin(value, BigInteger.ZERO, BigInteger.ONE);
            case FP16, BF16, FP32, FP64 -> value.isNumber();
            case UINT8, UINT16, UINT32, UINT64 ->
                isWithin(
                        value,
                        BigInteger.ZERO,
                        BigInteger.TWO.pow(Byte.SIZE * bytes).subtract(BigInteger.ONE));
            case INT8, INT16, INT32, INT64 -> {
                BigInteger beyond = BigInteger.TWO.pow(Byte.SIZE * bytes - 1);
                yield isWithin(value, beyond.negate(), beyond.subtract(BigInteger.ONE));
            }
            case BYTES -> false;
        };
    }

    private static boolean isWithin(JsonNode value, BigInteger least, BigInteger most) {
        boolean isInteger = value.isIntegralNumber() || (value.isNumber() && value.doubleValue() % 1 == 0);
        return isInteger
                && value.bigIntegerValue().compareTo(least) >= 0
                && value.bigIntegerValue().compareTo(most) <= 0;
    }

    /** Takes the next element: a number, a boolean or a string. */
    public Object next(ByteBuffer from) {
        return reader.apply(from);
    }

    private static int small(SplittableRandom random) {
        return random.nextInt(SMALL);
    }

    private static short bfloat16(float value) {
        return (short) (Float.floatToRawIntBits(value) >>> 16);
    }

    private static String string(ByteBuffer from) {
        byte[] text = new byte[from.getInt()];
        from.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Bytes of a base64 text in a file. */
    static byte[] decode(String base64) {
        return Base64.getDecoder().decode(base64);
    }
}
