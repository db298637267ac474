package dev.nereid.tensor;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The element type of a tensor. Types narrower than a byte are held one element a byte in memory; packing is a matter
 * of file formats. {@code STRING} elements are byte sequences of their own lengths (see {@link Buffer.Strings}).
 */
public enum DataType {
    BOOL("BOOL", 1, Kind.BOOL),
    UINT8("UINT8", 1, Kind.UNSIGNED),
    UINT16("UINT16", 2, Kind.UNSIGNED),
    UINT32("UINT32", 4, Kind.UNSIGNED),
    UINT64("UINT64", 8, Kind.UNSIGNED),
    INT8("INT8", 1, Kind.SIGNED),
    INT16("INT16", 2, Kind.SIGNED),
    INT32("INT32", 4, Kind.SIGNED),
    INT64("INT64", 8, Kind.SIGNED),
    FP16("FP16", 2, Kind.FLOAT),
    BF16("BF16", 2, Kind.FLOAT),
    FP32("FP32", 4, Kind.FLOAT),
    FP64("FP64", 8, Kind.FLOAT),
    STRING("BYTES", 0, Kind.STRING),
    FLOAT8E4M3FN("FLOAT8E4M3FN", 1, Kind.FLOAT),
    FLOAT8E4M3FNUZ("FLOAT8E4M3FNUZ", 1, Kind.FLOAT),
    FLOAT8E5M2("FLOAT8E5M2", 1, Kind.FLOAT),
    FLOAT8E5M2FNUZ("FLOAT8E5M2FNUZ", 1, Kind.FLOAT),
    FLOAT8E8M0("FLOAT8E8M0", 1, Kind.FLOAT),
    FLOAT4E2M1("FLOAT4E2M1", 1, Kind.FLOAT),
    INT4("INT4", 1, Kind.SIGNED),
    UINT4("UINT4", 1, Kind.UNSIGNED),
    INT2("INT2", 1, Kind.SIGNED),
    UINT2("UINT2", 1, Kind.UNSIGNED),
    COMPLEX64("COMPLEX64", 8, Kind.COMPLEX),
    COMPLEX128("COMPLEX128", 16, Kind.COMPLEX);

    /** The arithmetic family of a type. */
    public enum Kind {
        BOOL,
        UNSIGNED,
        SIGNED,
        FLOAT,
        COMPLEX,
        STRING
    }

    private static final Map<String, DataType> BY_PROTOCOL_NAME = new HashMap<>();

    static {
        // The types behind STRING exist in model files only.
        for (DataType type : EnumSet.range(BOOL, STRING)) {
            BY_PROTOCOL_NAME.put(type.protocolName, type);
        }
    }

    private final String protocolName;
    private final int bytes;
    private final Kind kind;

    DataType(String protocolName, int bytes, Kind kind) {
        this.protocolName = protocolName;
        this.bytes = bytes;
        this.kind = kind;
    }

    /** The name in the KServe v2 protocol, such as {@code FP32} or {@code BYTES}. */
    public String protocolName() {
        return protocolName;
    }

    /** Bytes that one element takes in memory; 0 for {@code STRING}, whose elements have no fixed size. */
    public int bytes() {
        return bytes;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /** Whether this is a signed or unsigned integer type; {@code BOOL} is not. */
    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    /** The type that the KServe v2 protocol calls {@code name}; empty where it has no such type. */
    public static Optional<DataType> ofProtocolName(String name) {
        return Optional.ofNullable(BY_PROTOCOL_NAME.get(name));
    }
}
