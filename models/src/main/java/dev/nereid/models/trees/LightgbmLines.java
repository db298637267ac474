package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.Map;
import java.util.Optional;

/** Lines {@code name=value} of a section. */
record LightgbmLines(Map<String, String> values) {
    LightgbmLines {
        values = Map.copyOf(values);
    }

    Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    private String value(String name) {
        return find(name).orElseThrow(() -> new ModelFormatException("the line '" + name + "=' is missing"));
    }

    int integer(String name) {
        int[] numbers = integers(name, 1);
        return numbers[0];
    }

    int[] integers(String name, int count) {
        String[] items = items(name, count);
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            try {
                numbers[i] = Integer.parseInt(items[i]);
            } catch (NumberFormatException e) {
                throw expected(name, "an integer", items[i], e);
            }
        }
        return numbers;
    }

    /** Numbers of 32 bits without sign. */
    int[] words(String name, int count) {
        String[] items = items(name, count);
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            try {
                numbers[i] = Integer.parseUnsignedInt(items[i]);
            } catch (NumberFormatException e) {
                throw expected(name, "32 bits as a number", items[i], e);
            }
        }
        return numbers;
    }

    double[] reals(String name, int count) {
        String[] items = items(name, count);
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            try {
                numbers[i] = real(items[i]);
            } catch (NumberFormatException e) {
                throw expected(name, "a number", items[i], e);
            }
        }
        return numbers;
    }

    /** As C++ writes infinity and NaN. */
    private static double real(String text) {
        return switch (text) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan", "-nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    private String[] items(String name, int count) {
        String value = value(name);
        String[] items = value.isEmpty() ? new String[0] : value.split(" +", -1);
        if (items.length != count) {
            throw new ModelFormatException("'" + name + "': expected " + count + " numbers, got " + items.length);
        }
        return items;
    }

    private static ModelFormatException expected(String name, String what, String got, NumberFormatException cause) {
        return new ModelFormatException(
                "'" + name + "': expected " + what + ", got '" + FileExcerpt.of(got) + "'", cause);
    }
}
