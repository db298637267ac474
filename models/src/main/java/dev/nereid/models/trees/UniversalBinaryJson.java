package dev.nereid.models.trees;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.models.ModelFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads Universal Binary JSON, draft 12, which XGBoost's .ubj files are. */
final class UniversalBinaryJson {
    private static final int DEEPEST = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ByteBuffer in;

    private UniversalBinaryJson(ByteBuffer in) {
        this.in = in;
    }

    /** The object that a file is. */
    static JsonNode parse(byte[] file) {
        UniversalBinaryJson reader = new UniversalBinaryJson(ByteBuffer.wrap(file));
        try {
            return reader.value(reader.marker(), 0);
        } catch (BufferUnderflowException e) {
            throw new ModelFormatException("the file ends within a value, after " + file.length + " bytes", e);
        }
    }

    private char marker() {
        char marker;
        do {
            marker = (char) (in.get() & 0xff);
        } while (marker == 'N'); // says nothing
        return marker;
    }

    private JsonNode value(char marker, int depth) {
        return switch (marker) {
            case 'Z' -> NODES.nullNode();
            case 'T' -> NODES.booleanNode(true);
            case 'F' -> NODES.booleanNode(false);
            case 'i', 'U', 'I', 'l', 'L' -> NODES.numberNode(integer(marker));
            case 'd' -> NODES.numberNode(in.getFloat());
            case 'D' -> NODES.numberNode(in.getDouble());
            case 'C' -> NODES.textNode(String.valueOf((char) (in.get() & 0xff)));
            case 'S', 'H' -> NODES.textNode(text(marker()));
            case '[' -> array(deeper(depth));
            case '{' -> object(deeper(depth));
            default -> throw unknown(marker);
        };
    }

    private ModelFormatException unknown(char marker) {
        return new ModelFormatException("byte " + (in.position() - 1) + ": expected the mark of a type of UBJ, got "
                + (marker > ' ' && marker < 127 ? "'" + marker + "'" : "byte " + (int) marker));
    }

    private static int deeper(int depth) {
        if (depth == DEEPEST) {
            throw new ModelFormatException("values are nested deeper than " + DEEPEST);
        }
        return depth + 1;
    }

    private long integer(char marker) {
        return switch (marker) {
            case 'i' -> in.get();
            case 'U' -> in.get() & 0xff;
            case 'I' -> in.getShort();
            case 'l' -> in.getInt();
            case 'L' -> in.getLong();
            default -> throw unknown(marker);
        };
    }

    /** A length, of which each unit takes a byte at least. */
    private int length(char marker) {
        long length = integer(marker);
        if (length < 0 || length > in.remaining()) {
            throw new ModelFormatException("byte " + in.position() + ": a length of " + length + " where the file has "
                    + in.remaining() + " bytes left");
        }
        return (int) length;
    }

    private String text(char lengthMarker) {
        byte[] bytes = new byte[length(lengthMarker)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private JsonNode array(int depth) {
        ArrayNode array = NODES.arrayNode();
        char marker = marker();
        if (marker == '$') {
            char type = type();
            requireCount(marker());
            for (int left = length(marker()); left > 0; left--) {
                array.add(value(type, depth));
            }
        } else if (marker == '#') {
            for (int left = length(marker()); left > 0; left--) {
                array.add(value(marker(), depth));
            }
        } else {
            for (; marker != ']'; marker = marker()) {
                array.add(value(marker, depth));
            }
        }
        return array;
    }

    private JsonNode object(int depth) {
        ObjectNode object = NODES.objectNode();
        char marker = marker();
        if (marker == '$') {
            char type = type();
            requireCount(marker());
            for (int left = length(marker()); left > 0; left--) {
                String name = text(marker());
                object.set(name, value(type, depth));
            }
        } else if (marker == '#') {
            for (int left = length(marker()); left > 0; left--) {
                String name = text(marker());
                object.set(name, value(marker(), depth));
            }
        } else {
            for (; marker != '}'; marker = marker()) {
                String name = text(marker);
                object.set(name, value(marker(), depth));
            }
        }
        return object;
    }

    /** The type of all values of a list. Types whose values take no bytes would let a few bytes say millions of values. */
    private char type() {
        char type = marker();
        if ("iUIlLdDCS[{".indexOf(type) < 0) {
            throw unknown(type);
        }
        return type;
    }

    private void requireCount(char marker) {
        if (marker != '#') {
            throw new ModelFormatException("byte " + (in.position() - 1) + ": expected '#' and the count of a list");
        }
    }
}
