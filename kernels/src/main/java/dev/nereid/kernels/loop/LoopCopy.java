package dev.nereid.kernels.loop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.Objects;

/**
 * Makes copies of a kernel class, each with an operation of its own as a constant. HotSpot keeps two receiver types a
 * call site: a loop that every operation went through stops being inlined, and each vector of it is boxed. A hidden
 * class has profiles and compiled code of its own, and its static finals are constants to the compiler.
 */
public final class LoopCopy {
    private LoopCopy() {}

    /**
     * An instance of a fresh copy of {@code template}.
     *
     * @param lookup of the template's package, with full access
     * @param template a class with a constructor without parameters, which reads its operation by {@link #operation}
     *     in a static initializer and which itself is never initialised
     * @param operation what the copy's {@link #operation} returns
     */
    public static <K> K of(MethodHandles.Lookup lookup, Class<? extends K> template, Object operation) {
        try {
            MethodHandles.Lookup copy = lookup.defineHiddenClassWithClassData(bytecode(template), operation, true);
            Object instance = copy.findConstructor(
                            copy.lookupClass(), java.lang.invoke.MethodType.methodType(void.class))
                    .invoke();
            @SuppressWarnings("unchecked")
            K kernel = (K) instance;
            return kernel;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot copy the loop " + template.getName(), e);
        }
    }

    /** The operation of the copy that {@code lookup} belongs to. For the static initializer of a template. */
    public static <T> T operation(MethodHandles.Lookup lookup, Class<T> type) {
        try {
            return Objects.requireNonNull(MethodHandles.classData(lookup, "_", type), "operation");
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(lookup.lookupClass().getName() + " is not a copy of a loop", e);
        }
    }

    private static byte[] bytecode(Class<?> template) {
        String name = template.getName().substring(template.getName().lastIndexOf('.') + 1) + ".class";
        try (InputStream in = template.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
