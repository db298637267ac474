package dev.nereid.server.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Prints dims as error texts show them: in brackets, without spaces. */
public final class DimText {
    private DimText() {}

    public static String of(long[] dims) {
        return of(Arrays.stream(dims).boxed().toList());
    }

    public static String of(List<Long> dims) {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
