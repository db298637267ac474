package dev.nereid.perf.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Converts tensor elements between JSON and bytes. */
public final class JsonElements {
    private JsonElements() {}

    /** The elements of a list, however deeply it is nested, little-endian; strings with their lengths before them. */
    public static ByteBuffer of(ElementType type, JsonNode list) {
        return of(type, flat(list).toList());
    }

    static ByteBuffer of(ElementType type, List<JsonNode> values) {
        if (type == ElementType.BYTES) {
            return InputMaker.packed(values.stream()
                            .map(value -> value.asText().getBytes(StandardCharsets.UTF_8))
                            .toList())
                    .flip();
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.size(), type.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(value -> type.put(bytes, value));
        return bytes.flip();
    }

    /** How many strings there are. */
    static int strings(ByteBuffer packed) {
        ByteBuffer left = packed.duplicate().rewind().order(ByteOrder.LITTLE_ENDIAN);
        int count = 0;
        while (left.remaining() >= Integer.BYTES) {
            int length = left.getInt();
            if (length < 0 || length > left.remaining()) {
                throw new IllegalArgumentException("strings whose lengths do not fit their bytes");
            }
            left.position(left.position() + length);
            count++;
        }
        return count;
    }

    static Stream<JsonNode> flat(JsonNode node) {
        return node.isArray()
                ? StreamSupport.stream(node.spliterator(), false).flatMap(JsonElements::flat)
                : Stream.of(node);
    }
}
