package dev.nereid.server.sharedmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.SharedRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedMemoryTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path folder;

    @AutoClose
    private SharedMemory memory;

    @BeforeEach
    void start() throws IOException {
        memory = SharedMemory.in(folder);
        Files.write(folder.resolve("object"), new byte[2 * PAGE]);
    }

    private static void refused(Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, error -> {
            assertThat(error.text()).isEqualTo(text);
            assertThat(error.code()).isEqualTo(code);
        });
    }

    private byte[] read(String region, long offset, int bytes) {
        byte[] content = new byte[bytes];
        try (SharedRange range = memory.find(region, offset, bytes)) {
            range.read(MemorySegment.ofArray(content));
        }
        return content;
    }

    @Test
    void copiesBetweenARegionAndItsObject() throws IOException {
        memory.register("r", "/object", PAGE, PAGE);
        try (SharedRange range = memory.find("r", 10, 3)) {
            assertThat(range.byteSize()).isEqualTo(3);
            assertThat(range.gpu()).isEmpty();
            range.write(MemorySegment.ofArray(new byte[] {1, 2, 3}));
        }
        byte[] object = Files.readAllBytes(folder.resolve("object"));
        assertThat(object[PAGE + 10]).isEqualTo((byte) 1);
        assertThat(object[PAGE + 12]).isEqualTo((byte) 3);
        assertThat(read("r", 9, 5)).containsExactly(0, 1, 2, 3, 0);
    }

    @Test
    void listsRegionsByName() {
        memory.register("b", "/object", 0, 10);
        memory.register("a", "object", PAGE, 20);
        assertThat(memory.regions())
                .containsExactly(
                        new RegionStatus.OfSystem("a", "object", PAGE, 20),
                        new RegionStatus.OfSystem("b", "/object", 0, 10));
        assertThat(memory.region("b").byteSize()).isEqualTo(10);
        refused(Code.NOT_FOUND, "Unable to find system shared memory region: 'c'", () -> memory.region("c"));
    }

    @Test
    void registersANameOnce() {
        memory.register("r", "/object", 0, 10);
        refused(
                Code.ALREADY_EXISTS,
                "shared memory region 'r' already in manager",
                () -> memory.register("r", "/object", 0, 10));
        memory.unregister("r");
        memory.register("r", "/object", 0, 10);
    }

    @Test
    void registersOnlyWhatLiesWithinTheObject() {
        String text = "failed to register shared memory region 'r': invalid args";
        for (long[] part : new long[][] {
            {0, 2 * PAGE + 1},
            {PAGE, PAGE + 1},
            {2 * PAGE, 1},
            {-1, 1},
            {0, -1},
            {-4096, 4096},
            {PAGE, -1},
            {Long.MAX_VALUE, Long.MAX_VALUE},
            {Long.MIN_VALUE, 1},
            {3 * PAGE, 0}
        }) {
            refused(Code.INVALID_ARG, text, () -> memory.register("r", "/object", part[0], part[1]));
        }
        assertThat(memory.regions()).isEmpty();
    }

    @Test
    void mapsWholePagesOnlyAndSomethingOfThem() {
        String text = "failed to register shared memory region 'r': unable to process address spaceInvalid argument";
        refused(Code.INVALID_ARG, text, () -> memory.register("r", "/object", 128, 128));
        refused(Code.INVALID_ARG, text, () -> memory.register("r", "/object", 0, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nope",
                "../object",
                "/../object",
                "a/../object",
                "/.",
                "..",
                "dir",
                "dir/object",
                "link",
                "/link",
                "object/",
                "obj\0ect",
                "\uD800",
                "%2e%2e%2fobject",
                "~",
                "object\n"
            })
    void opensNothingButFilesOfItsFolder(String key) throws IOException {
        Files.createDirectories(folder.resolve("dir"));
        Files.write(folder.resolve("dir").resolve("object"), new byte[PAGE]);
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("object"));
        refused(
                Code.INTERNAL,
                "Unable to open shared memory region: '" + key + "'",
                () -> memory.register("r", key, 0, 4));
    }

    @Test
    void refusesKeysThatAreLongerThanFileNames() {
        String key = "k".repeat(255);
        refused(
                Code.INTERNAL,
                "Unable to open shared memory region: '" + key + "'",
                () -> memory.register("r", key, 0, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "///"})
    void refusesKeysWithoutAName(String key) {
        refused(
                Code.INVALID_ARG,
                "cannot register shared memory region 'r' - invalid shm key '" + key + "'",
                () -> memory.register("r", key, 0, 4));
    }

    @Test
    void refusesTheObjectsOfTritonsPythonBackend() {
        refused(
                Code.INVALID_ARG,
                "cannot register shared memory region 'r' with key '//triton_python_backend_shm_region_1' as the key "
                        + "contains the reserved prefix 'triton_python_backend_shm_region_'",
                () -> memory.register("r", "//triton_python_backend_shm_region_1", 0, 4));
    }

    @Test
    void findsOnlyPartsOfARegion() {
        memory.register("r", "/object", 0, 256);
        refused(Code.NOT_FOUND, "Unable to find shared memory region: 'x'", () -> memory.find("x", 0, 1));
        String offset = "Invalid offset for shared memory region: 'r'";
        String size = "Invalid offset + byte size for shared memory region: 'r'";
        refused(Code.INVALID_ARG, offset, () -> memory.find("r", 256, 0));
        refused(Code.INVALID_ARG, offset, () -> memory.find("r", Long.MIN_VALUE, 1));
        refused(Code.INVALID_ARG, offset, () -> memory.find("r", -32, 64));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 250, 7));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 0, 257));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 0, -1));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 1, Long.MAX_VALUE));
        refused(
                Code.INVALID_ARG,
                "Integer overflow detected: byte_size (18446744073709551615) + offset (4) exceeds maximum value "
                        + "(18446744073709551615) for region 'r'",
                () -> memory.find("r", 4, -1));
        try (SharedRange none = memory.find("r", 255, 0)) {
            assertThat(none.byteSize()).isZero();
        }
    }

    @Test
    void keepsARegionRegisteredUntilTheLastRequestThatUsesItEnds() {
        memory.register("r", "/object", 0, 16);
        SharedRange first = memory.find("r", 0, 4);
        memory.unregisterAll();
        assertThat(memory.region("r").key()).isEqualTo("/object");
        refused(
                Code.ALREADY_EXISTS,
                "shared memory region 'r' already in manager",
                () -> memory.register("r", "/object", 0, 16));
        SharedRange second = memory.find("r", 0, 4);
        first.close();
        first.close();
        second.write(MemorySegment.ofArray(new byte[] {7}));
        assertThat(memory.regions()).hasSize(1);

        second.close();

        assertThat(memory.regions()).isEmpty();
        refused(Code.NOT_FOUND, "Unable to find shared memory region: 'r'", () -> memory.find("r", 0, 4));
        assertThatThrownBy(() -> second.write(MemorySegment.ofArray(new byte[] {7})))
                .as("the object is closed")
                .isInstanceOf(InferException.class);
        memory.register("r", "/object", 0, 16);
        assertThat(read("r", 0, 1)).containsExactly(7);
    }

    @Test
    void saysSoWhenARegionShrankUnderIt() throws IOException {
        memory.register("r", "/object", 0, 2 * PAGE);
        try (FileChannel channel = FileChannel.open(folder.resolve("object"), StandardOpenOption.WRITE)) {
            channel.truncate(PAGE);
        }
        assertThat(read("r", 0, PAGE)).hasSize(PAGE);
        assertThatThrownBy(() -> read("r", PAGE, 1))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("shared memory region 'r' cannot be used: the file shrank to 4096 bytes");
    }

    @Test
    void forgetsUnknownRegionsAndAllRegions() {
        memory.unregister("nobody");
        memory.register("a", "/object", 0, 1);
        memory.register("b", "/object", 0, 1);
        memory.unregisterAll();
        assertThat(memory.regions()).isEmpty();
        memory.unregisterAll();
    }

    @Test
    void hasALimitOfRegions() {
        for (int i = 0; i < 1024; i++) {
            memory.register("r" + i, "/object", 0, 1);
        }
        refused(
                Code.UNAVAILABLE,
                "failed to register shared memory region 'more': there are 1024 regions already",
                () -> memory.register("more", "/object", 0, 1));
    }

    @Test
    void changesNothingUnlessItIsAllowed() {
        SharedMemory off = SharedMemory.of(false);
        String text = "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.";
        refused(Code.UNSUPPORTED, text, () -> off.register("r", "/object", 0, 1));
        refused(Code.UNSUPPORTED, text, () -> off.unregister("r"));
        refused(Code.UNSUPPORTED, text, off::unregisterAll);
        assertThat(off.regions()).isEmpty();
        refused(Code.NOT_FOUND, "Unable to find shared memory region: 'r'", () -> off.find("r", 0, 1));
    }
}
