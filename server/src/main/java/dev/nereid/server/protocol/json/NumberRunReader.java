package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.InferException;

/**
 * Checks and reads numbers that follow each other in an array, in one go. A number's end is where the next comma or bracket
 * is; from there its digits are read backwards by eights, those in front of it cut off, so that nothing depends on how many
 * there are. What does not look as nearly all numbers look is checked and read as elsewhere, one by one, and what is no
 * number ends the run.
 */
final class NumberRunReader {
    /** Reads nothing. */
    static final NumberRunReader NONE =
            new NumberRunReader(new byte[0], 0, new JsonTokens(new byte[0], 0, 0), NumberRuns.NONE);

    /** Bytes that are read at once for a number, wherever it ends. */
    private static final int WINDOW = 24;
    /** Nearer to the document's end no number is read here. */
    private static final int LEAST_BYTES = 2 * WINDOW;

    private static final int NO_ROW = -1;
    private static final int MOST_INTEGER_DIGITS = 16;
    private static final int MOST_WHOLE_DIGITS = 7;
    /** With the digits in front of the point fewer than 20. */
    private static final int FEW_PLACES = 12;

    private static final int MOST_PLACES = WINDOW - 3;
    private static final long HUNDRED_MILLIONS = 100_000_000L;
    private static final long[] POWERS_OF_TEN = new long[FEW_PLACES + 1];

    /** By the number of digits behind the point: what lies in front of the last sixteen of all digits is less than this. */
    private static final long[] MOST_IN_FRONT = new long[MOST_PLACES + 1];

    static {
        long power = 1;
        for (int i = 0; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = power;
            power *= 10;
        }
        for (int places = 0; places < MOST_IN_FRONT.length; places++) {
            MOST_IN_FRONT[places] = places < 2 * EightDigits.MOST ? 10_000 : 1_844;
        }
    }

    private final byte[] bytes;
    private final int last;
    private final JsonTokens tokens;
    private final JsonNumber number;
    private final NumberRuns runs;

    private long[] values = new long[0];
    private int position;
    private int behind;
    private boolean rows;
    private int row;
    private int nextRow;
    private int numberEnd;
    private int next;
    private int stop;

    /**
     * Reads numbers of a document that ends at {@code end}.
     *
     * @param runs where they are put
     */
    NumberRunReader(byte[] bytes, int end, JsonTokens tokens, NumberRuns runs) {
        this.bytes = bytes;
        this.last = end - LEAST_BYTES;
        this.tokens = tokens;
        this.number = new JsonNumber(bytes);
        this.runs = runs;
    }

    /**
     * Reads as many numbers as follow each other.
     *
     * @param from where an element of an array begins
     * @param inRows whether that array is an element of an array itself: then the run goes on in the next one
     * @return the offset behind the last number, with the rest of the array unchecked; {@code from} if there is none
     * @throws InferException (MALFORMED) if something that begins as a number is none
     */
    int read(int from, boolean inRows) {
        if (from > last || from < WINDOW || !runs.reserve(last - from)) {
            return from;
        }
        values = runs.chunk();
        int first = runs.used();
        rows = inRows;
        row = NO_ROW;
        nextRow = NO_ROW;
        next = first;
        stop = values.length;
        position = from;
        behind = from;
        boolean areIntegers = !hasPoint(from) && readIntegers();
        if (!areIntegers) {
            for (int i = first; i < next; i++) {
                values[i] = Double.doubleToRawLongBits((double) values[i]);
            }
            readReals();
        }
        if (next > first) {
            runs.add(from, behind, next - first, areIntegers, row() < 0);
        }
        return behind;
    }

    /** Where the last row began into which the last run went on; negative if it stayed in one array. */
    int row() {
        return nextRow < behind ? nextRow : row;
    }

    /** Whether a number looks as if it were no integer: a guess that saves time. */
    private boolean hasPoint(int from) {
        int first = from + JsonNumber.signs(bytes[from]);
        return bytes[first + EightDigits.count(EightDigits.read(bytes, first))] == '.';
    }

    /** Goes on while numbers are integers; returns false where the next one is another number. */
    private boolean readIntegers() {
        while (true) {
            plainIntegers();
            if (isOver() || !lookCarefully()) {
                return true;
            }
            if (!number.isPlainLong()) {
                return false;
            }
            take(number.integer());
        }
    }

    private void readReals() {
        while (true) {
            plainReals();
            if (isOver() || !lookCarefully()) {
                return;
            }
            take(Double.doubleToRawLongBits(number.real(position, numberEnd)));
        }
    }

    private boolean isOver() {
        return next == stop || position > last;
    }

    /** Checks and reads the element at the position without taking it; returns whether it is a number. */
    private boolean lookCarefully() {
        int digit = bytes[position + JsonNumber.signs(bytes[position])];
        if (digit < '0' || digit > '9') {
            return false;
        }
        numberEnd = tokens.skipScalar(position);
        number.read(position, numberEnd);
        return true;
    }

    /** Takes the number that was looked at, and moves to the next element if there is one. */
    private void take(long value) {
        values[next++] = value;
        behind = numberEnd;
        position = afterSeparator(tokens.skipSpace(numberEnd));
    }

    /** Where the element behind a comma, or behind the end of a row, begins; behind the last one if there is none. */
    private int afterSeparator(int separator) {
        if (separator > last) {
            return last + 1;
        }
        if (bytes[separator] == ',') {
            return tokens.skipSpace(separator + 1);
        }
        if (!rows || bytes[separator] != ']') {
            return last + 1;
        }
        int comma = tokens.skipSpace(separator + 1);
        int bracket = comma <= last && bytes[comma] == ',' ? tokens.skipSpace(comma + 1) : last + 1;
        if (bracket > last || bytes[bracket] != '[') {
            return last + 1;
        }
        row = nextRow; // there were numbers in it, or this would not be the end of a row
        nextRow = bracket;
        return tokens.skipSpace(bracket + 1);
    }

    @SuppressWarnings("ShortCircuitBoolean") // one branch that is never taken, not four
    private void plainIntegers() {
        int from = position;
        int index = next;
        while (from <= last && index < stop) {
            int sign = JsonNumber.signs(bytes[from]);
            int first = from + sign;
            int to = separator(from);
            int digits = to - first;
            long low = EightDigits.last(bytes, to, digits);
            long high = EightDigits.last(bytes, to - EightDigits.MOST, digits - EightDigits.MOST);
            boolean zeroInFront = bytes[first] == '0' & digits + sign > 1;
            if ((zeroInFront | digits < 1 | digits > MOST_INTEGER_DIGITS) || !EightDigits.areDigits(low, high)) {
                break;
            }
            long value = EightDigits.value(high) * HUNDRED_MILLIONS + EightDigits.value(low);
            values[index++] = (value ^ -sign) + sign;
            behind = to;
            from = element(to);
        }
        position = from;
        next = index;
    }

    @SuppressWarnings("ShortCircuitBoolean") // one branch that is never taken, not four
    private void plainReals() {
        int from = position;
        int index = next;
        while (from <= last && index < stop) {
            int sign = JsonNumber.signs(bytes[from]);
            int first = from + sign;
            int to = separator(from);
            long front = EightDigits.read(bytes, first);
            int whole = EightDigits.count(front);
            int point = first + whole;
            int places = to - point - 1;
            boolean zeroInFront = (front & 0xFF) == 0 & whole > 1;
            if (zeroInFront | whole < 1 | whole > MOST_WHOLE_DIGITS | to - from == WINDOW) {
                break;
            }
            long mantissa = EightDigits.value(front, whole);
            if (places > 0) {
                if (bytes[point] != '.') {
                    break;
                }
                long low = EightDigits.last(bytes, to, places);
                long middle = EightDigits.last(bytes, to - EightDigits.MOST, places - EightDigits.MOST);
                if (!EightDigits.areDigits(low, middle)) {
                    break;
                }
                if (places <= FEW_PLACES) {
                    mantissa = mantissa * POWERS_OF_TEN[places] + EightDigits.value(middle) * HUNDRED_MILLIONS;
                } else {
                    long high = EightDigits.last(bytes, to - 2 * EightDigits.MOST, places - 2 * EightDigits.MOST);
                    long inFront = mantissa * POWERS_OF_TEN[Math.max(places - 2 * EightDigits.MOST, 0)]
                            + EightDigits.value(high);
                    if (inFront >= MOST_IN_FRONT[places] || !EightDigits.areDigits(high, 0)) {
                        break;
                    }
                    mantissa = inFront * POWERS_OF_TEN[Math.min(places - EightDigits.MOST, EightDigits.MOST)]
                            + EightDigits.value(middle);
                    mantissa *= HUNDRED_MILLIONS;
                }
                mantissa += EightDigits.value(low);
            } else if (places == 0) {
                break; // a point, and nothing behind it
            }
            double value = NearestDouble.fraction(mantissa, Math.max(places, 0));
            if (Double.isNaN(value)) {
                break;
            }
            values[index++] = Double.doubleToRawLongBits(value) ^ ((long) sign << (Long.SIZE - 1));
            behind = to;
            from = element(to);
        }
        position = from;
        next = index;
    }

    /** Where the next comma or closing bracket is; behind the window if there is none in it. */
    private int separator(int from) {
        int near = EightDigits.separator(bytes, from);
        int distance = near < EightDigits.MOST
                ? near
                : EightDigits.MOST + EightDigits.separator(bytes, from + EightDigits.MOST);
        if (distance == 2 * EightDigits.MOST) {
            distance += EightDigits.separator(bytes, from + 2 * EightDigits.MOST);
        }
        return from + distance;
    }

    /** Where the element behind a separator begins: mostly it is a comma with nothing behind it. */
    private int element(int separator) {
        int after = separator + 1;
        return bytes[separator] == ',' && bytes[after] > ' ' ? after : afterSeparator(separator);
    }
}
