package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * One value within a JSON document, read where it lies: nothing is built until it is asked for. The document was checked
 * as a whole before, so reading only fails where a value is of another type than asked for, with Triton's texts
 * (MALFORMED). The bytes are not copied and must not change.
 */
public final class JsonValue {
    private final byte[] bytes;
    private final int start;
    private final JsonSyntax.Notes notes;
    private final JsonTokens tokens;

    private JsonValue(byte[] bytes, int start, JsonSyntax.Notes notes, JsonTokens tokens) {
        this.bytes = bytes;
        this.start = start;
        this.notes = notes;
        this.tokens = tokens;
    }

    /**
     * Checks the bytes in [from, to) and returns the root.
     *
     * @throws InferException (MALFORMED) with the first syntax error
     */
    public static JsonValue parse(byte[] bytes, int from, int to) {
        return parse(bytes, from, to, RequestBudget.unlimited().open());
    }

    /**
     * Checks the bytes in [from, to) and returns the root.
     *
     * @param share what the request holds of the heap: grows by what is noted here and read from the document later
     * @throws InferException (MALFORMED) with the first syntax error
     */
    public static JsonValue parse(byte[] bytes, int from, int to, RequestBudget.Share share) {
        JsonSyntax.Notes notes = JsonSyntax.check(bytes, from, to, share);
        JsonTokens tokens = new JsonTokens(bytes, from, to);
        return new JsonValue(bytes, tokens.skipSpace(from), notes, tokens);
    }

    /**
     * Checks the value that bytes begin with and returns it; what follows it is not looked at.
     *
     * @param share what the request holds of the heap: grows by what is noted here and read from the document later
     * @throws InferException (MALFORMED) with the first syntax error
     */
    public static JsonValue parseFirst(byte[] bytes, RequestBudget.Share share) {
        JsonSyntax.Notes notes = JsonSyntax.checkFirst(bytes, 0, bytes.length, share);
        JsonTokens tokens = new JsonTokens(bytes, 0, bytes.length);
        return new JsonValue(bytes, tokens.skipSpace(0), notes, tokens);
    }

    /** The value as it was written, but no more than so many bytes of it. */
    public String excerpt(int most) {
        int end = end();
        return end - start <= most
                ? WireText.decode(bytes, start, end)
                : WireText.decode(bytes, start, start + most) + "...";
    }

    /** The document's bytes. */
    byte[] bytes() {
        return bytes;
    }

    /** Offset of the value's first byte. */
    int start() {
        return start;
    }

    /** Offset behind the value's last byte. */
    int end() {
        return skip(start);
    }

    /** Those of the whole document. */
    NumberRuns numbers() {
        return notes.numbers();
    }

    /** What the request holds of the heap. */
    RequestBudget.Share share() {
        return notes.share();
    }

    /**
     * Takes memory of the heap for what is made of the value.
     *
     * @throws InferException if it does not fit
     */
    public void takeHeap(long bytes) {
        share().take(bytes);
    }

    /** A copy of the value's text. */
    public byte[] toBytes() {
        int end = end();
        share().take(end - start);
        return Arrays.copyOfRange(bytes, start, end);
    }

    JsonTokens tokens() {
        return tokens;
    }

    public boolean isObject() {
        return bytes[start] == '{';
    }

    public boolean isArray() {
        return bytes[start] == '[';
    }

    public boolean isString() {
        return bytes[start] == '"';
    }

    public boolean isBool() {
        return bytes[start] == 't' || bytes[start] == 'f';
    }

    public boolean isNull() {
        return bytes[start] == 'n';
    }

    /** An array whose only element is this value. */
    JsonValue inArray() {
        share().take(end() - start + 2L);
        byte[] array = new byte[end() - start + 2];
        array[0] = '[';
        System.arraycopy(bytes, start, array, 1, end() - start);
        array[array.length - 1] = ']';
        return parse(array, 0, array.length, share());
    }

    /** The first member of that name; empty where there is none or this is no object. */
    public Optional<JsonValue> find(String name) {
        if (!isObject()) {
            return Optional.empty();
        }
        Members members = new Members();
        while (members.next()) {
            if (members.isNamed(name)) {
                return Optional.of(members.value());
            }
        }
        return Optional.empty();
    }

    /** The first member of that name, which must exist. */
    public JsonValue member(String name) {
        return find(name)
                .orElseThrow(
                        () -> InferException.malformed("attempt to access non-existing object member '" + name + "'"));
    }

    /** Visits the members in their order. */
    public void forEachMember(BiConsumer<String, JsonValue> visitor) {
        if (!isObject()) {
            throw InferException.malformed("attempt to get members for non-object");
        }
        Members members = new Members();
        while (members.next()) {
            visitor.accept(members.name(), members.value());
        }
    }

    /** The number of members, also of those with one name; 0 if this is no object. */
    public int memberCount() {
        int count = 0;
        if (isObject()) {
            Members members = new Members();
            while (members.next()) {
                count++;
            }
        }
        return count;
    }

    /** The elements of an array, in order. */
    public Elements elements() {
        if (!isArray()) {
            throw InferException.malformed("attempt to access JSON non-array as array");
        }
        return new Elements();
    }

    public String asString() {
        if (!isString()) {
            throw InferException.malformed("attempt to access JSON non-string as string");
        }
        return text(start, end());
    }

    private String text(int from, int to) {
        share().take(HeapSizes.text(to - from));
        return JsonStrings.text(bytes, from, to);
    }

    public boolean asBool() {
        if (!isBool()) {
            throw InferException.malformed("attempt to access JSON non-boolean as boolean");
        }
        return bytes[start] == 't';
    }

    /** An integer in the range of a long. */
    public long asLong() {
        JsonNumber number = new JsonNumber(bytes);
        number.read(start, end());
        if (number.kind() != JsonNumber.Kind.SIGNED && number.kind() != JsonNumber.Kind.BOTH) {
            throw InferException.malformed("attempt to access JSON non-signed-integer as signed-integer");
        }
        return number.integer();
    }

    /** An integer in the range of an unsigned long, in the bits of a long. */
    public long asUnsigned() {
        if (!isUnsigned()) {
            throw InferException.malformed("attempt to access JSON non-unsigned-integer as unsigned-integer");
        }
        JsonNumber number = new JsonNumber(bytes);
        number.read(start, end());
        return number.integer();
    }

    public boolean isUnsigned() {
        JsonNumber number = new JsonNumber(bytes);
        number.read(start, end());
        return number.kind() == JsonNumber.Kind.UNSIGNED || number.kind() == JsonNumber.Kind.BOTH;
    }

    /** Whether this is an integer in the range of a long. */
    public boolean isLong() {
        JsonNumber number = new JsonNumber(bytes);
        number.read(start, end());
        return number.kind() == JsonNumber.Kind.SIGNED || number.kind() == JsonNumber.Kind.BOTH;
    }

    public boolean isNumber() {
        JsonNumber number = new JsonNumber(bytes);
        number.read(start, end());
        return number.kind() != JsonNumber.Kind.NONE;
    }

    public double asDouble() {
        JsonNumber number = new JsonNumber(bytes);
        int end = end();
        number.read(start, end);
        if (number.kind() == JsonNumber.Kind.NONE) {
            throw InferException.malformed("attempt to access JSON non-number as double");
        }
        return number.real(start, end);
    }

    private JsonValue at(int position) {
        return new JsonValue(bytes, position, notes, tokens);
    }

    /** The offset behind the value that begins at an offset. */
    private int skip(int from) {
        byte first = bytes[from];
        if (first != '{' && first != '[') {
            return tokens.skipScalar(from);
        }
        int noted = notes.containers().endOf(from);
        if (noted >= 0) {
            return noted;
        }
        int depth = 0;
        int position = from;
        do {
            switch (bytes[position]) {
                case '"' -> position = tokens.skipString(position);
                case '{', '[' -> {
                    depth++;
                    position++;
                }
                case '}', ']' -> {
                    depth--;
                    position++;
                }
                default -> position++;
            }
        } while (depth > 0);
        return position;
    }

    /** Walks over the members of this object. */
    private final class Members {
        private int position = start;
        private int nameEnd;
        private int nameStart;

        boolean next() {
            position = tokens.skipSpace(position == start ? start + 1 : skip(position));
            if (bytes[position] == ',') {
                position = tokens.skipSpace(position + 1);
            }
            if (bytes[position] == '}') {
                return false;
            }
            nameStart = position;
            nameEnd = tokens.skipString(position);
            position = tokens.skipSpace(tokens.skipSpace(nameEnd) + 1);
            return true;
        }

        boolean isNamed(String name) {
            int length = nameEnd - nameStart - 2;
            if (length == name.length()) {
                for (int i = 0; i < length; i++) {
                    if ((bytes[nameStart + 1 + i] & 0xFF) != name.charAt(i)) {
                        return false;
                    }
                }
                return true;
            }
            return length > name.length() && hasEscape() && name().equals(name);
        }

        /** Without an escape a name has no other length than its text, but for what is no ASCII, as our names are. */
        private boolean hasEscape() {
            for (int i = nameStart + 1; i < nameEnd - 1; i++) {
                if (bytes[i] == '\\') {
                    return true;
                }
            }
            return false;
        }

        String name() {
            return text(nameStart, nameEnd);
        }

        JsonValue value() {
            return at(position);
        }
    }

    /** A walk over an array. */
    public final class Elements {
        private int position = -1;

        /** Whether there is a further element; moves to it. */
        public boolean next() {
            position = tokens.skipSpace(position < 0 ? start + 1 : skip(position));
            if (bytes[position] == ',') {
                position = tokens.skipSpace(position + 1);
                return true;
            }
            return bytes[position] != ']';
        }

        /** The element that {@link #next} moved to. */
        public JsonValue value() {
            if (position < 0) {
                throw new NoSuchElementException("no element before next()");
            }
            return at(position);
        }
    }
}
