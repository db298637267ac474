package dev.nereid.perf;

import java.util.ArrayList;
import java.util.List;

/**
 * Load levels as {@code start[:end[:step]]}.
 *
 * @param end inclusive; 0 for no end
 */
record LevelRange(double start, double end, double step) {
    /** Reads a range; {@code flag} is named in errors. */
    static LevelRange parse(String flag, String text) {
        List<Double> numbers = new ArrayList<>();
        for (String part : text.split(":", -1)) {
            try {
                numbers.add(Double.parseDouble(part));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(flag + ": expected start:end:step, got '" + text + "'", e);
            }
        }
        double start = numbers.getFirst();
        double end = numbers.size() > 1 ? numbers.get(1) : start;
        double step = numbers.size() > 2 ? numbers.get(2) : 1;
        if (numbers.size() > 3 || start <= 0 || step <= 0 || end < 0 || (end != 0 && end < start)) {
            throw new IllegalArgumentException(
                    flag + ": expected start:end:step with 0 < start <= end, got '" + text + "'");
        }
        return new LevelRange(start, end, step);
    }

    /** Reads a range of whole numbers. */
    static LevelRange whole(String flag, String text) {
        LevelRange range = parse(flag, text);
        if (range.start % 1 != 0 || range.end % 1 != 0 || range.step % 1 != 0) {
            throw new IllegalArgumentException(flag + ": expected whole numbers, got '" + text + "'");
        }
        return range;
    }

    boolean hasEnd() {
        return end > 0;
    }
}
