package dev.nereid.nativekernels;

import dev.nereid.files.TemporaryFolder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The library of C kernels, loaded and checked. It comes from the file that the property
 * {@code nereid.native.library} names, or else out of the jar. Whatever goes wrong is a {@link Result.Failed} with a
 * reason: the Java kernels then serve every model.
 */
public final class NativeLibrary {
    /** The system property that names a library to load instead of the one in the jar. */
    public static final String PROPERTY = "nereid.native.library";

    private static final int ABI_VERSION = 25;

    /** What came of loading. */
    public sealed interface Result {
        record Loaded(NativeLibrary library) implements Result {}

        /** No library; {@code reason} continues the words "native off:". */
        record Failed(String reason) implements Result {}
    }

    private final SymbolLookup symbols;
    private final Architecture architecture;
    private final CpuFeatures features;

    private NativeLibrary(SymbolLookup symbols, Architecture architecture, CpuFeatures features) {
        this.symbols = symbols;
        this.architecture = architecture;
        this.features = features;
    }

    /** Loads the library for this process; it stays loaded until the process ends. */
    public static Result load() {
        String system = System.getProperty("os.name", "");
        String architecture = System.getProperty("os.arch", "");
        return Architecture.of(system, architecture)
                .map(NativeLibrary::load)
                .orElseGet(() -> new Result.Failed("there are no native kernels for " + system + " " + architecture));
    }

    private static Result load(Architecture own) {
        String file = System.getProperty(PROPERTY);
        return file != null
                ? load(own, Path.of(file))
                : loadResource(own, NativeLibrary.class.getResource(own.resource()));
    }

    /** Loads the library in {@code file}, for a JVM of this architecture. */
    static Result load(Architecture own, Path file) {
        try {
            String damage = ElfCheck.damage(file, own);
            if (!damage.isEmpty()) {
                return new Result.Failed("'" + file + "' " + damage);
            }
            return check(own, file.toString(), lookup(file.toAbsolutePath()));
        } catch (IOException e) {
            return new Result.Failed("'" + file + "' cannot be read: " + e);
        } catch (IllegalArgumentException e) {
            return new Result.Failed("'" + file + "' cannot be loaded (made for another C library, or its folder"
                    + " does not allow execution): " + e.getMessage());
        } catch (IllegalCallerException e) {
            return new Result.Failed("native access is not allowed, see --enable-native-access: " + e.getMessage());
        }
    }

    /** The address of an exported function. */
    MemorySegment function(String name) {
        return symbols.find(name)
                .orElseThrow(() -> new IllegalStateException("the native library exports no function '" + name + "'"));
    }

    Architecture architecture() {
        return architecture;
    }

    CpuFeatures features() {
        return features;
    }

    private static Result loadResource(Architecture own, @Nullable URL resource) {
        if (resource == null) {
            return new Result.Failed("this build has no native library for " + own.usualName()
                    + ", because there was no C compiler for it");
        }
        try (TemporaryFolder folder = TemporaryFolder.create("native");
                InputStream in = resource.openStream()) {
            Path file = folder.path().resolve("libnereid.so");
            Files.copy(in, file);
            return load(own, file);
        } catch (IOException e) {
            return new Result.Failed(
                    "the library cannot be unpacked into '" + System.getProperty("java.io.tmpdir") + "': " + e);
        }
    }

    private static Result check(Architecture own, String name, SymbolLookup symbols) {
        if (symbols.find("nereid_abi_version").isEmpty()) {
            return new Result.Failed("'" + name + "' is not Nereid's library: it exports no nereid_abi_version");
        }
        int version = query(symbols, "nereid_abi_version");
        if (version != ABI_VERSION) {
            return new Result.Failed("'" + name + "' has ABI version " + version + ", this build needs " + ABI_VERSION);
        }
        return new Result.Loaded(
                new NativeLibrary(symbols, own, CpuFeatures.ofBits(query(symbols, "nereid_cpu_features"))));
    }

    private static int query(SymbolLookup symbols, String function) {
        try {
            return (int) Query.HANDLE.invokeExact(symbols.find(function).orElseThrow());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + function + " failed", e);
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup lookup(Path file) {
        return SymbolLookup.libraryLookup(file, Arena.global());
    }

    /** Links calls of functions with such parameters and without a result; takes a millisecond. */
    static MethodHandle linked(MemoryLayout... parameters) {
        return linked(FunctionDescriptor.ofVoid(parameters));
    }

    /** Links calls of such functions; takes a millisecond. */
    @SuppressWarnings("restricted")
    static MethodHandle linked(FunctionDescriptor functions) {
        return Linker.nativeLinker().downcallHandle(functions);
    }

    /** Linked on first use, after native access is known to be allowed. */
    private static final class Query {
        private static final MethodHandle HANDLE = linked(FunctionDescriptor.of(ValueLayout.JAVA_INT));
    }
}
