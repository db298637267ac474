package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.nativekernels.NativeLibrary.Result;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    private Path folder;

    @Test
    void loadsTheLibraryOfTheJarAndLeavesNoFileBehind() throws IOException {
        builtLibrary();
        List<Path> before = unpacked();
        assertThat(NativeLibrary.load()).isInstanceOf(Result.Loaded.class);
        assertThat(unpacked()).isEqualTo(before);
    }

    @Test
    void loadsTheLibraryThatThePropertyNames() throws IOException {
        Path file = Files.write(folder.resolve("other.so"), builtLibrary());
        assertThat(withProperty(file)).isInstanceOf(Result.Loaded.class);
    }

    @Test
    void saysThatAFileDoesNotExist() {
        assertThat(reason(withProperty(folder.resolve("missing.so")))).contains("missing.so", "does not exist");
    }

    @Test
    void saysThatAFileIsNoLibrary() throws IOException {
        Path file = Files.writeString(folder.resolve("text.so"), "x".repeat(500));
        assertThat(reason(withProperty(file))).contains("is not a 64-bit ELF library");
        assertThat(reason(withProperty(Files.write(folder.resolve("empty.so"), new byte[0]))))
                .contains("is not a 64-bit ELF library");
    }

    @Test
    void saysThatALibraryIsCutShort() throws IOException {
        byte[] library = builtLibrary();
        Path file = folder.resolve("short.so");
        Files.write(file, Arrays.copyOf(library, library.length / 2));
        assertThat(reason(withProperty(file))).contains("is cut short");
    }

    @Test
    void saysThatALibraryIsForAnotherMachine() throws IOException {
        byte[] library = builtLibrary();
        library[18] = (byte) 243;
        Path file = Files.write(folder.resolve("risc-v.so"), library);
        assertThat(reason(withProperty(file))).contains("is a library for machine 243, expected " + own().usualName());
    }

    @Test
    void saysThatALibraryHasAnotherAbiVersion() throws Exception {
        Path file = compile("int nereid_abi_version(void) { return 99; }");
        assertThat(reason(withProperty(file))).contains("has ABI version 99, this build needs 25");
    }

    @Test
    void saysThatALibraryIsNotOurs() throws Exception {
        Path file = compile("int something_else(void) { return 1; }");
        assertThat(reason(withProperty(file))).contains("exports no nereid_abi_version");
    }

    private static Result withProperty(Path file) {
        String before = System.getProperty(NativeLibrary.PROPERTY);
        System.setProperty(NativeLibrary.PROPERTY, file.toString());
        try {
            return NativeLibrary.load();
        } finally {
            if (before == null) {
                System.clearProperty(NativeLibrary.PROPERTY);
            } else {
                System.setProperty(NativeLibrary.PROPERTY, before);
            }
        }
    }

    private static String reason(Result result) {
        assertThat(result).isInstanceOf(Result.Failed.class);
        return ((Result.Failed) result).reason();
    }

    private static List<Path> unpacked() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("nereid-native-"))
                    .toList();
        }
    }

    private static Architecture own() {
        Optional<Architecture> own = Architecture.of(System.getProperty("os.name"), System.getProperty("os.arch"));
        skipUnless(own.isPresent(), "there are no native kernels for this machine");
        return own.orElseThrow();
    }

    private static byte[] builtLibrary() throws IOException {
        try (InputStream in = NativeLibrary.class.getResourceAsStream(own().resource())) {
            skipUnless(in != null, "this build has no native library");
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private Path compile(String source) throws IOException, InterruptedException {
        Path c = Files.writeString(folder.resolve("stub.c"), source);
        Path library = folder.resolve("stub.so");
        try {
            // By this name there is a cross compiler too, where an emulator runs the JVM.
            String compiler = own() == Architecture.X86_64 ? "gcc" : "aarch64-linux-gnu-gcc";
            int exit = new ProcessBuilder(compiler, "-shared", "-fPIC", c.toString(), "-o", library.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(exit).isZero();
        } catch (IOException e) {
            skipUnless(false, "no gcc to make a library with: " + e.getMessage());
        }
        return library;
    }

    private static void skipUnless(boolean condition, String reason) {
        if (!condition) {
            System.out.println("skipped: " + reason);
        }
        Assumptions.assumeTrue(condition, reason);
    }
}
