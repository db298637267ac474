package dev.nereid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedFileTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path folder;

    private Path file(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            content[i] = (byte) i;
        }
        return Files.write(folder.resolve("object"), content);
    }

    private static SharedFile map(Path file, long offset, long bytes) throws IOException {
        try (SharedFile.Opened opened = SharedFile.open(file)) {
            return opened.map(offset, bytes);
        }
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    @Test
    void copiesOutAndInFromTheStartOfTheMappedPart() throws IOException {
        Path path = file(3 * PAGE);
        try (SharedFile file = map(path, PAGE, 2 * PAGE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(4);
            file.read(10, bytes);
            assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsExactly(10, 11, 12, 13);
            file.write(MemorySegment.ofArray(new byte[] {1, 2, 3}), 2 * PAGE - 3);
        }
        assertThat(Files.readAllBytes(path))
                .endsWith((byte) 1, (byte) 2, (byte) 3)
                .hasSize(3 * PAGE);
    }

    @Test
    void seesWhatAnotherProcessWritesAfterwards() throws IOException {
        Path path = file(PAGE);
        try (SharedFile file = map(path, 0, PAGE)) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.write(java.nio.ByteBuffer.wrap(new byte[] {42}), 5);
            }
            byte[] read = new byte[1];
            file.read(5, MemorySegment.ofArray(read));
            assertThat(read).containsExactly(42);
        }
    }

    @Test
    void refusesPartsBeyondTheMappedOne() throws IOException {
        try (SharedFile file = map(file(2 * PAGE), 0, PAGE)) {
            MemorySegment four = MemorySegment.ofArray(new byte[4]);
            assertThatThrownBy(() -> file.read(PAGE - 3, four)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.write(four, PAGE - 3)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void doesNotMakeAFileLongerByMappingIt() throws IOException {
        Path path = file(100);
        try (SharedFile.Opened opened = SharedFile.open(path)) {
            assertThatThrownBy(() -> opened.map(0, 101)).isInstanceOf(IOException.class);
        }
        assertThat(Files.size(path)).isEqualTo(100);
    }

    @Test
    void followsNoLinks() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), file(10));
        assertThatThrownBy(() -> SharedFile.open(link)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesToCopyOnceTheFileIsTooShort() throws IOException {
        Path path = file(2 * PAGE);
        try (SharedFile file = map(path, 0, 2 * PAGE)) {
            truncate(path, PAGE);
            MemorySegment four = MemorySegment.ofArray(new byte[4]);
            file.read(PAGE - 4, four);
            assertThatThrownBy(() -> file.read(PAGE, four))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("shrank to 4096 bytes");
            assertThatThrownBy(() -> file.write(four, PAGE)).isInstanceOf(IOException.class);
        }
        assertThat(Files.size(path)).as("writing did not bring it back").isEqualTo(PAGE);
    }

    /** The file shrinks between the check and the copy: the pages are gone and every access faults. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 63, 64, 1000, PAGE, 64 * PAGE})
    void survivesAFileThatShrinksUnderTheCopy(int bytes) throws IOException {
        Path path = file(128 * PAGE);
        try (SharedFile file = map(path, 0, 128 * PAGE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment own = arena.allocate(bytes);
            for (int i = 0; i < 20_000; i++) { // until it is compiled
                file.transfer(file.mapped(), PAGE, own, 0, PAGE, Math.min(bytes, 64));
            }
            truncate(path, 1);
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> file.transfer(file.mapped(), PAGE, own, 0, PAGE, bytes))
                        .isInstanceOf(IOException.class);
                assertThatThrownBy(() -> file.transfer(own, 0, file.mapped(), PAGE, PAGE, bytes))
                        .isInstanceOf(IOException.class);
            }
        }
    }
}
