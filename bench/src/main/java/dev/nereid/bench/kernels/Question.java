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
        return maker.apply(sizes(family, sizes, shape, shapes.getFirst()));
    }

    /**
     * The sizes in a text.
     *
     * @param what they are of
     * @param names what each is called, such as {@code MxNxK}
     * @throws IllegalArgumentException if they are not as many positive numbers as names
     */
    static int[] sizes(String what, String names, String shape, String example) {
        String[] words = shape.split("x", -1);
        if (words.length != names.split("x", -1).length
                || !Arrays.stream(words).allMatch(word -> word.matches("[1-9][0-9]{0,6}"))) {
            throw new IllegalArgumentException(what + " '" + shape + "': expected " + names + ", such as " + example);
        }
        return Arrays.stream(words).mapToInt(Integer::parseInt).toArray();
    }
}
