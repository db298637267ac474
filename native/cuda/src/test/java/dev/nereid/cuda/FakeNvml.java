package dev.nereid.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A fake {@code libnvidia-ml.so.1} for tests, in the place of NVIDIA's: two cards that measure what they are told to. */
public final class FakeNvml {
    private static final Path LIBRARY = Path.of("native", "cuda", "target", "fake-nvml", "libnvidia-ml.so.1");

    /** Loaded once: whoever asks for the library by its name gets what has that name already. */
    private static final class Holder {
        private static final Optional<FakeNvml> FAKE = load();
    }

    private final SymbolLookup symbols;

    private FakeNvml(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * The fake library; empty, with a line that says so, where it could not be built.
     *
     * @param test what is skipped then
     */
    public static Optional<FakeNvml> find(String test) {
        if (Holder.FAKE.isEmpty()) {
            System.out.println("SKIPPED: " + test + ", for there is no " + LIBRARY + " (it needs gcc)");
        }
        return Holder.FAKE;
    }

    /** What a card measures from now on: percent, bytes, milliwatts and millijoules. */
    public void set(int card, int busy, long total, long used, int power, int limit, long energy) {
        try {
            function(
                            "nereid_fake_nvml_set",
                            FunctionDescriptor.ofVoid(
                                    JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG))
                    .invokeExact(card, busy, total, used, power, limit, energy);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether cards refuse to say what they draw. */
    public void setLame(boolean lame) {
        try {
            function("nereid_fake_nvml_set_lame", FunctionDescriptor.ofVoid(JAVA_INT))
                    .invokeExact(lame ? 1 : 0);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Those that started the library and have not stopped it. */
    public int users() {
        try {
            return (int) function("nereid_fake_nvml_users", FunctionDescriptor.of(JAVA_INT))
                    .invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(symbols.find(name).orElseThrow(), descriptor);
    }

    @SuppressWarnings("restricted")
    private static Optional<FakeNvml> load() {
        Path library = EmulatedLibrary.find(LIBRARY);
        if (!Files.exists(library)) {
            return Optional.empty();
        }
        System.load(library.toString());
        return Optional.of(new FakeNvml(SymbolLookup.loaderLookup()));
    }
}
