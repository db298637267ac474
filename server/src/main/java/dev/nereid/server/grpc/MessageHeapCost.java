package dev.nereid.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.Map;

/**
 * Estimates the heap size of the objects of a message from its bytes, before any of them is made: two bytes can become an
 * object of a hundred. Rounded up. Contents of raw tensors are views and cost nothing.
 */
public final class MessageHeapCost {
    /** A field that is a number, alone: as one that nobody knows it is boxed. */
    private static final long NUMBER = 32;

    /** A string or view of bytes, or a message with what belongs to it. */
    private static final long OBJECT = 96;

    /** A known field with a length. */
    private sealed interface Kind {
        /**
         * Text, tensors or packed numbers.
         *
         * @param factor bytes of the heap that a byte on the wire becomes beside the view of it: copies, and lists of numbers,
         *     which grow by half when they are full
         */
        record Bytes(int factor) implements Kind {}

        record Message(long cost, Level level) implements Kind {}
    }

    /** The fields of a message; others are kept as unknown ones. */
    private record Level(Map<Integer, Kind> fields) {}

    private static final Kind TEXT = new Kind.Bytes(2);
    private static final Kind RAW = new Kind.Bytes(0);
    private static final Level PARAMETER = new Level(Map.of(1, TEXT, 3, TEXT));
    private static final Kind PARAMETERS =
            new Kind.Message(2 * OBJECT, new Level(Map.of(1, TEXT, 2, new Kind.Message(OBJECT, PARAMETER))));
    private static final Level CONTENTS = new Level(Map.of(
            1, new Kind.Bytes(2),
            2, new Kind.Bytes(6),
            3, new Kind.Bytes(12),
            4, new Kind.Bytes(6),
            5, new Kind.Bytes(12),
            6, new Kind.Bytes(2),
            7, new Kind.Bytes(2),
            8, new Kind.Bytes(1)));
    private static final Level INPUT = new Level(Map.of(
            1, TEXT,
            2, TEXT,
            3, new Kind.Bytes(24),
            4, PARAMETERS,
            5, new Kind.Message(2 * OBJECT, CONTENTS)));
    private static final Level OUTPUT = new Level(Map.of(1, TEXT, 2, PARAMETERS));
    private static final Level REQUEST = new Level(Map.of(
            1, TEXT,
            2, TEXT,
            3, TEXT,
            4, PARAMETERS,
            5, new Kind.Message(8 * OBJECT, INPUT),
            6, new Kind.Message(4 * OBJECT, OUTPUT),
            7, RAW));

    /** A file is copied; a config is text, of which a message is made. */
    private static final Level LOAD_PARAMETER = new Level(Map.of(3, new Kind.Bytes(32), 4, new Kind.Bytes(2)));

    private static final Level LOAD = new Level(Map.of(
            1, TEXT,
            2, TEXT,
            3, new Kind.Message(4 * OBJECT, new Level(Map.of(1, TEXT, 2, new Kind.Message(OBJECT, LOAD_PARAMETER))))));

    private static final Level SPEC =
            new Level(Map.of(1, TEXT, 2, new Kind.Message(OBJECT, new Level(Map.of())), 3, TEXT, 4, TEXT));
    private static final Level DIM = new Level(Map.of(2, TEXT));
    private static final Level SHAPE = new Level(Map.of(2, new Kind.Message(2 * OBJECT, DIM)));
    private static final Level TENSOR = new Level(Map.ofEntries(
            Map.entry(2, new Kind.Message(2 * OBJECT, SHAPE)),
            Map.entry(4, RAW),
            Map.entry(5, new Kind.Bytes(2)),
            Map.entry(6, new Kind.Bytes(2)),
            Map.entry(7, new Kind.Bytes(6)),
            Map.entry(8, new Kind.Bytes(1)),
            Map.entry(10, new Kind.Bytes(12)),
            Map.entry(11, new Kind.Bytes(2)),
            Map.entry(13, new Kind.Bytes(6)),
            Map.entry(16, new Kind.Bytes(6)),
            Map.entry(17, new Kind.Bytes(12))));

    /** Of TensorFlow Serving. */
    private static final Level PREDICT = new Level(Map.of(
            1, new Kind.Message(2 * OBJECT, SPEC),
            2, new Kind.Message(4 * OBJECT, new Level(Map.of(1, TEXT, 2, new Kind.Message(4 * OBJECT, TENSOR)))),
            3, TEXT));

    private MessageHeapCost() {}

    /** Of a request of TensorFlow Serving's for a prediction, as {@link #ofInference}. */
    public static long ofPredict(byte[] message) {
        return of(message, PREDICT);
    }

    /** Of a request for inference: bytes of the heap; of a damaged message those up to where it is damaged. */
    static long ofInference(byte[] message) {
        return of(message, REQUEST);
    }

    /** Of a request to load a model, as {@link #ofInference}. */
    static long ofLoad(byte[] message) {
        return of(message, LOAD);
    }

    private static long of(byte[] message, Level level) {
        CodedInputStream in = CodedInputStream.newInstance(message);
        long[] cost = new long[1];
        try {
            add(in, level, cost);
        } catch (IOException e) {
            return cost[0]; // it is refused when it is parsed
        }
        return cost[0];
    }

    private static void add(CodedInputStream in, Level level, long[] cost) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                add(in, level.fields().getOrDefault(WireFormat.getTagFieldNumber(tag), RAW), cost);
                continue;
            }
            cost[0] += NUMBER;
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
                case WireFormat.WIRETYPE_FIXED64 -> in.skipRawBytes(Long.BYTES);
                case WireFormat.WIRETYPE_FIXED32 -> in.skipRawBytes(Integer.BYTES);
                default -> cost[0] += OBJECT; // a group begins or ends
            }
        }
    }

    private static void add(CodedInputStream in, Kind kind, long[] cost) throws IOException {
        int length = in.readRawVarint32();
        switch (kind) {
            case Kind.Bytes(int factor) -> {
                cost[0] += OBJECT + (long) factor * length;
                in.skipRawBytes(length);
            }
            case Kind.Message(long own, Level level) -> {
                cost[0] += own;
                int limit = in.pushLimit(length);
                add(in, level, cost);
                in.popLimit(limit);
            }
        }
    }
}
