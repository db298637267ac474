package dev.nereid.server.protocol;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Prints dims as error texts show them: in brackets, without spaces. */
final class DimText {
    private DimText() {}

    static String of(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
