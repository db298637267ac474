package dev.nereid.bench.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A job of the kernels that can be measured for any sizes.
 *
 * @param family its name on the command line
 * @param sizes how sizes are written, such as {@code MxNxK}
 * @param shapes sizes of real models
 * @param maker makes the problem of given sizes
 */
public record Question(String family, String sizes, List<String> shapes, Function<int[], Problem> maker) {
    public Question {
        shapes = List.copyOf(shapes);
    }

    /**
     * The problem of sizes as a user writes them.
     *
     * @throws IllegalArgumentException if they are not as {@link #sizes} says
     */
    public Problem problem(String shape) {
        String[] words = shape.split("x", -1);
        if (words.length != sizes.split("x", -1).length
                || !Arrays.stream(words).allMatch(word -> word.matches("[1-9][0-9]{0,6}"))) {
            throw new IllegalArgumentException(
                    family + " '" + shape + "': expected " + sizes + ", such as " + shapes.getFirst());
        }
        return maker.apply(Arrays.stream(words).mapToInt(Integer::parseInt).toArray());
    }
}
