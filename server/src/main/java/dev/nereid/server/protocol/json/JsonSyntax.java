package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.util.Arrays;

/**
 * Checks that bytes are one JSON document, without recursion and without building anything, and notes where the larger
 * containers end, so that later readers jump over them, and the numbers of arrays, read on the way. Accepts what Triton's
 * parser accepts, also {@code NaN} and {@code Inf}, does not look into the encoding of strings, and reports errors with that
 * parser's texts and offsets.
 */
final class JsonSyntax {
    /** Containers smaller than this are cheaper to walk than to look up. */
    private static final int NOTED_BYTES = 256;
    /** Containers nested deeper are never noted: this bounds the table by the size of the document. */
    private static final int NOTED_DEPTH = 8;
    /** In smaller documents numbers are read when they are asked for: it costs less than to keep them. */
    private static final int LARGE_BYTES = 1 << 10;

    private final JsonTokens tokens;
    private final byte[] bytes;
    private final int end;

    /** One bit a level: set for objects. */
    private long[] levels = new long[1];

    private int depth;
    private final int[] openNotes = new int[NOTED_DEPTH];
    private int[] noteStarts = new int[16];
    private int[] noteEnds = new int[16];
    private int notes;
    private final NumberRuns runs;
    private final NumberRunReader runReader;
    private long nextPause;

    private JsonSyntax(byte[] bytes, int start, int end, RequestBudget.Share share) {
        this.tokens = new JsonTokens(bytes, start, end);
        this.bytes = bytes;
        this.end = end;
        boolean large = end - start >= LARGE_BYTES;
        this.runs = large ? new NumberRuns(share) : NumberRuns.NONE;
        this.nextPause = CooperativeYield.first(start);
        this.runReader = large ? new NumberRunReader(bytes, end, tokens, runs) : NumberRunReader.NONE;
    }

    /**
     * Where containers end, by where they start, ascending.
     *
     * @param starts offset of the opening bracket
     * @param ends offset behind the closing bracket
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Containers(int[] starts, int[] ends) {
        /** The offset behind the container that starts at {@code offset}; -1 if it was not noted. */
        int endOf(int offset) {
            int index = Arrays.binarySearch(starts, offset);
            return index < 0 ? -1 : ends[index];
        }
    }

    /**
     * What was noted of a document.
     *
     * @param share what the request holds of the heap
     */
    record Notes(Containers containers, NumberRuns numbers, RequestBudget.Share share) {}

    /**
     * Checks the bytes in [start, end).
     *
     * @param share what the request holds of the heap
     * @throws InferException (MALFORMED) at the first error
     */
    static Notes check(byte[] bytes, int start, int end, RequestBudget.Share share) {
        JsonSyntax syntax = new JsonSyntax(bytes, start, end, share);
        int position = syntax.tokens.skipSpace(syntax.document());
        // A NUL ends a document, so that binary data behind it, without the header that says so, gets its own error.
        if (position != end && bytes[position] != 0) {
            throw syntax.tokens.error("The document root must not be followed by other values.", position);
        }
        return syntax.notes(share);
    }

    /** As {@link #check}, for a document that anything may follow. */
    static Notes checkFirst(byte[] bytes, int start, int end, RequestBudget.Share share) {
        JsonSyntax syntax = new JsonSyntax(bytes, start, end, share);
        int _ = syntax.document();
        return syntax.notes(share);
    }

    private Notes notes(RequestBudget.Share share) {
        return new Notes(new Containers(Arrays.copyOf(noteStarts, notes), Arrays.copyOf(noteEnds, notes)), runs, share);
    }

    /** Walks over the document; returns the offset behind it. */
    private int document() {
        int position = tokens.skipSpace(tokens.start());
        if (position == end) {
            throw tokens.error("The document is empty.", position);
        }
        return value(position);
    }

    /** Walks over a value and all that is nested in it; returns the offset behind it. */
    private int value(int from) {
        int position = from;
        do {
            // Here a value begins.
            if (position >= nextPause) {
                nextPause = CooperativeYield.pauseAt(position);
            }
            int next = position < end ? bytes[position] : 0;
            if (next == '{' || next == '[') {
                position = tokens.skipSpace(open(position, next == '{'));
                boolean empty = position < end && bytes[position] == (next == '{' ? '}' : ']');
                if (!empty) {
                    position = next == '{' ? memberName(position) : position;
                    continue;
                }
                position = close(position);
            } else {
                position = isDigitOrMinus(next) && isInArray() ? numbers(position) : tokens.skipScalar(position);
            }
            position = afterValue(position);
        } while (depth > 0);
        return position;
    }

    /** Walks over numbers that follow each other, also into further rows; at least over one. */
    private int numbers(int from) {
        boolean noted = depth <= NOTED_DEPTH;
        boolean inRows = depth > 1
                && !isObject(depth - 2)
                && (!noted || notes == openNotes[depth - 1] + 1); // else a note would be out of order
        int behind = runReader.read(from, inRows);
        if (behind == from) {
            return tokens.skipScalar(from);
        }
        if (noted && runReader.row() >= 0) {
            noteStarts[openNotes[depth - 1]] = runReader.row();
        }
        return behind;
    }

    private static boolean isDigitOrMinus(int next) {
        return next == '-' || (next >= '0' && next <= '9');
    }

    /** Goes on behind a value: closes what ends here, and returns where the next value begins. */
    private int afterValue(int from) {
        int position = from;
        while (depth > 0) {
            position = tokens.skipSpace(position);
            boolean object = isObject();
            int next = position < end ? bytes[position] : 0;
            if (next == ',') {
                position = tokens.skipSpace(position + 1);
                return object ? memberName(position) : position;
            }
            if (next != (object ? '}' : ']')) {
                throw tokens.error(
                        object
                                ? "Missing a comma or } after an object member."
                                : "Missing a comma or ] after an array element.",
                        position);
            }
            position = close(position);
        }
        return position;
    }

    /** Walks over a member's name and the colon; returns where its value begins. */
    private int memberName(int from) {
        if (from == end || bytes[from] != '"') {
            throw tokens.error("Missing a name for object member.", from);
        }
        int position = tokens.skipSpace(tokens.skipString(from));
        if (position == end || bytes[position] != ':') {
            throw tokens.error("Missing a colon after a name of object member.", position);
        }
        return tokens.skipSpace(position + 1);
    }

    private int open(int position, boolean object) {
        if (depth >> 6 == levels.length) {
            levels = Arrays.copyOf(levels, levels.length * 2);
        }
        long bit = 1L << depth;
        levels[depth >> 6] = object ? levels[depth >> 6] | bit : levels[depth >> 6] & ~bit;
        if (depth < NOTED_DEPTH) {
            if (notes == noteStarts.length) {
                noteStarts = Arrays.copyOf(noteStarts, notes * 2);
                noteEnds = Arrays.copyOf(noteEnds, notes * 2);
            }
            noteStarts[notes] = position;
            openNotes[depth] = notes++;
        }
        depth++;
        return position + 1;
    }

    private int close(int position) {
        depth--;
        if (depth < NOTED_DEPTH) {
            int note = openNotes[depth];
            noteEnds[note] = position + 1;
            if (position - noteStarts[note] < NOTED_BYTES) {
                notes = note; // whatever lies inside is smaller still and was dropped before
            }
        }
        return position + 1;
    }

    private boolean isInArray() {
        return depth > 0 && !isObject();
    }

    private boolean isObject() {
        return isObject(depth - 1);
    }

    private boolean isObject(int level) {
        return (levels[level >> 6] & 1L << level) != 0;
    }
}
