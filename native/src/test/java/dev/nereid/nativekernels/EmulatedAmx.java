package dev.nereid.nativekernels;

import dev.nereid.nativekernels.NativeLibrary.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * A library for tests whose products with AMX run on an emulation of its instructions, which ends the process where a CPU would
 * answer by a fault. It has no functions but those that products of bytes call.
 */
final class EmulatedAmx {
    private static final Path LIBRARY = Path.of("target", "emulated-amx", "libnereid.so");

    /** Once: each time is a copy of its own that stays mapped. */
    private static final Optional<NativeLibrary> LOADED = load();

    private EmulatedAmx() {}

    /** The library; {@code tested} says what is skipped without it. */
    static NativeLibrary library(String tested) {
        return LOADED.orElseGet(() -> {
            System.out.println("skipped: " + tested + ": there is no " + LIBRARY + ", which gcc builds on x86-64");
            return Assumptions.abort("no emulated AMX");
        });
    }

    private static Optional<NativeLibrary> load() {
        Optional<Architecture> own = Architecture.of(System.getProperty("os.name"), System.getProperty("os.arch"));
        if (!own.equals(Optional.of(Architecture.X86_64)) || !Files.exists(LIBRARY)) {
            return Optional.empty();
        }
        return switch (NativeLibrary.load(Architecture.X86_64, LIBRARY)) {
            case Result.Loaded loaded -> Optional.of(loaded.library());
            case Result.Failed failed -> throw new IllegalStateException(failed.reason());
        };
    }
}
