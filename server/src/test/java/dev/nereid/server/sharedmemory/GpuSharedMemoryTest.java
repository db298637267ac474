package dev.nereid.server.sharedmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedClientMemory;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.SharedRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Regions of memory of GPUs, of which two are emulated here. */
@Tag("cuda")
class GpuSharedMemoryTest {
    private static final int SIZE = 256;
    private static final String INVALID = "failed to register shared memory region: invalid args";

    @TempDir
    private Path folder;

    private EmulatedCuda cuda;
    private SharedMemory memory;
    private EmulatedClientMemory client;

    @BeforeEach
    void start() {
        cuda = EmulatedCuda.find("shared memory of GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        memory = SharedMemory.in(folder, cuda.devices());
        client = EmulatedClientMemory.allocate(1, SIZE);
    }

    @AfterEach
    void everythingIsLetGo() {
        if (cuda != null) {
            memory.close();
            client.close();
            assertThat(cuda.opened()).isZero();
            assertThat(cuda.streams()).isZero();
        }
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
    void copiesBetweenARegionAndTheClientsMemory() {
        memory.registerGpu("r", client.handle(), 1, SIZE);
        client.put(100, new byte[] {7, 8});
        assertThat(read("r", 99, 4)).containsExactly(0, 7, 8, 0);
        try (SharedRange range = memory.find("r", 10, 3)) {
            assertThat(range.byteSize()).isEqualTo(3);
            assertThat(range.gpu()).hasValue(1);
            range.write(MemorySegment.ofArray(new byte[] {1, 2, 3}));
        }
        assertThat(client.get(9, 5)).containsExactly(0, 1, 2, 3, 0);
        try (SharedRange none = memory.find("r", 255, 0)) {
            none.read(MemorySegment.ofArray(new byte[0]));
            none.write(MemorySegment.ofArray(new byte[0]));
        }
    }

    @Test
    void tellsRegionsOfGpusAndOfTheSystemApart() throws IOException {
        Files.write(folder.resolve("object"), new byte[8]);
        memory.register("s", "/object", 0, 8);
        memory.registerGpu("g", client.handle(), 1, 200);
        assertThat(memory.regions()).containsExactly(new RegionStatus.OfSystem("s", "/object", 0, 8));
        assertThat(memory.gpuRegions()).containsExactly(new RegionStatus.OfGpu("g", 1, 200));
        assertThat(memory.gpuRegion("g").byteSize()).isEqualTo(200);
        refused(
                Code.NOT_FOUND,
                "The region named 'g' is registered as CUDA shared memory, not system shared memory",
                () -> memory.region("g"));
        refused(
                Code.NOT_FOUND,
                "The region named 's' is registered as system shared memory, not CUDA shared memory",
                () -> memory.gpuRegion("s"));
        refused(Code.NOT_FOUND, "Unable to find cuda shared memory region: 'x'", () -> memory.gpuRegion("x"));
        memory.unregister("g");
        memory.unregisterAll();
        assertThat(memory.regions()).isEmpty();
        assertThat(memory.gpuRegions()).hasSize(1);
        memory.unregisterGpu("nobody");
        memory.unregisterAllGpus();
        assertThat(memory.gpuRegions()).isEmpty();
    }

    @Test
    void hasOneNameForOneRegionOfEitherKind() throws IOException {
        Files.write(folder.resolve("object"), new byte[8]);
        memory.register("r", "/object", 0, 8);
        refused(
                Code.ALREADY_EXISTS,
                "shared memory region 'r' already in manager",
                () -> memory.registerGpu("r", client.handle(), 1, SIZE));
    }

    @Test
    void registersNoMoreThanTheClientHas() {
        refused(
                Code.INVALID_ARG,
                "failed to register shared memory region 'r': invalid args",
                () -> memory.registerGpu("r", client.handle(), 1, SIZE + 1));
        refused(
                Code.INVALID_ARG,
                "failed to register shared memory region 'r': invalid args",
                () -> memory.registerGpu("r", client.handle(), 1, -1));
        assertThat(cuda.opened()).isZero();
    }

    @Test
    void refusesWhatIsNoHandleOfThatGpu() {
        refused(Code.INVALID_ARG, INVALID, () -> memory.registerGpu("r", new byte[64], 1, SIZE));
        refused(Code.INVALID_ARG, INVALID, () -> memory.registerGpu("r", client.handle(), 0, SIZE));
        client.close();
        refused(Code.INVALID_ARG, INVALID, () -> memory.registerGpu("r", client.handle(), 1, SIZE));
        refused(
                Code.INVALID_ARG,
                "'raw_handle' must be a cudaIpcMemHandle_t of 64 bytes, got 1",
                () -> memory.registerGpu("r", new byte[1], 1, SIZE));
        for (long device : new long[] {2, -1, 1L << 32}) {
            refused(
                    Code.INVALID_ARG,
                    "failed to register CUDA shared memory region: 'r', there is no GPU "
                            + Long.toUnsignedString(device) + ", there are 0, 1",
                    () -> memory.registerGpu("r", client.handle(), device, SIZE));
        }
    }

    @Test
    void findsOnlyPartsOfARegion() {
        memory.registerGpu("r", client.handle(), 1, 200);
        String offset = "Invalid offset for shared memory region: 'r'";
        String size = "Invalid offset + byte size for shared memory region: 'r'";
        refused(Code.INVALID_ARG, offset, () -> memory.find("r", 200, 0));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 100, 101));
        refused(Code.INVALID_ARG, size, () -> memory.find("r", 0, -1));
    }

    @Test
    void opensOneHandleUnderSeveralNames() {
        memory.registerGpu("a", client.handle(), 1, SIZE);
        memory.registerGpu("b", client.handle(), 1, 16);
        memory.unregisterGpu("a");
        client.put(3, new byte[] {9});
        assertThat(read("b", 3, 1)).containsExactly(9);
    }

    @Test
    void keepsARegionForTheRequestThatUsesIt() {
        memory.registerGpu("r", client.handle(), 1, SIZE);
        SharedRange range = memory.find("r", 0, 4);
        memory.unregisterGpu("r");
        assertThat(memory.gpuRegions()).hasSize(1);
        range.write(MemorySegment.ofArray(new byte[] {5}));
        assertThat(client.get(0, 1)).containsExactly(5);
        assertThat(cuda.opened()).isEqualTo(1);
        range.close();
        assertThat(cuda.opened()).isZero();
        refused(Code.NOT_FOUND, "Unable to find shared memory region: 'r'", () -> memory.find("r", 0, 4));
    }

    @Test
    void answersWhereTheGpuFailed() {
        memory.registerGpu("r", client.handle(), 1, SIZE);
        cuda.fail(1);
        assertThatThrownBy(() -> read("r", 0, 4))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("shared memory region 'r' cannot be used: GPU 1")
                .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
        memory.unregisterAllGpus();
        memory.registerGpu("r", client.handle(), 1, SIZE);
        assertThat(read("r", 0, 1)).containsExactly(0);
    }

    @Test
    void changesNothingUnlessItIsAllowed() {
        SharedMemory off = SharedMemory.of(false, cuda.devices());
        String text = "Client shared memory is disabled. Start the server with '--allow-client-shm=true' to enable.";
        refused(Code.UNSUPPORTED, text, () -> off.registerGpu("r", client.handle(), 1, SIZE));
        refused(Code.UNSUPPORTED, text, () -> off.unregisterGpu("r"));
        refused(Code.UNSUPPORTED, text, off::unregisterAllGpus);
        assertThat(off.gpuRegions()).isEmpty();
    }
}
