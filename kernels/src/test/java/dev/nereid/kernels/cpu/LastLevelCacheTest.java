package dev.nereid.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastLevelCacheTest {
    @TempDir
    private Path folder;

    @Test
    void takesTheCacheOfTheHighestLevel() throws IOException {
        cache("index0", "1", "48K");
        cache("index3", "3", "16384K");
        cache("index2", "2", "1024K");
        assertThat(LastLevelCache.bytes(folder)).isEqualTo(16L << 20);
        cache("index4", "4", "64M");
        assertThat(LastLevelCache.bytes(folder)).isEqualTo(64L << 20);
    }

    @Test
    void takesTheUsualSizeWhereTheSystemDoesNotTell() throws IOException {
        assertThat(LastLevelCache.bytes(folder)).isEqualTo(LastLevelCache.USUAL_BYTES);
        assertThat(LastLevelCache.bytes(folder.resolve("missing"))).isEqualTo(LastLevelCache.USUAL_BYTES);
        cache("index0", "1", "unknown");
        assertThat(LastLevelCache.bytes(folder)).isEqualTo(LastLevelCache.USUAL_BYTES);
    }

    private void cache(String name, String level, String size) throws IOException {
        Path cache = Files.createDirectories(folder.resolve(name));
        Files.writeString(cache.resolve("level"), level + "\n");
        Files.writeString(cache.resolve("size"), size + "\n");
    }
}
