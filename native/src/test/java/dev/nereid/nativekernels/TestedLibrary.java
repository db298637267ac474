package dev.nereid.nativekernels;

import dev.nereid.nativekernels.NativeLibrary.Result;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;

/** The C library for tests of its kernels, which are skipped, with a line that says so, where it cannot be used. */
final class TestedLibrary {
    /** Once: each time is a copy of its own that stays mapped, and a process may have only so many mappings. */
    private static final Result RESULT = NativeLibrary.load();

    private TestedLibrary() {}

    /** The library; {@code tested} says what is skipped without it. */
    static NativeLibrary of(String tested) {
        if (RESULT instanceof Result.Loaded loaded) {
            return loaded.library();
        }
        throw skip(tested, "no native library");
    }

    /** The library on a CPU that has certain instructions. */
    static NativeLibrary of(String tested, String instructions, Predicate<CpuFeatures> has) {
        NativeLibrary library = of(tested);
        if (!has.test(library.features())) {
            throw skip(tested, "this CPU does not have " + instructions);
        }
        return library;
    }

    private static RuntimeException skip(String tested, String reason) {
        System.out.println("skipped: " + tested + ": " + reason);
        return Assumptions.abort(reason);
    }
}
