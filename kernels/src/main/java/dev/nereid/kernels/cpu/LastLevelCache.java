package dev.nereid.kernels.cpu;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The cache before memory. */
public final class LastLevelCache {
    private static final Path LINUX = Path.of("/sys/devices/system/cpu/cpu0/cache");

    /** What is taken where the system does not tell: of the size that servers have. */
    static final long USUAL_BYTES = 32L << 20;

    private LastLevelCache() {}

    /** Its size. */
    public static long bytes() {
        return bytes(LINUX);
    }

    /** Its size as a folder of Linux's says it: a folder {@code index...} a cache, with files {@code level} and {@code size}. */
    static long bytes(Path folder) {
        int highest = 0;
        long bytes = 0;
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(folder, "index*")) {
            for (Path cache : caches) {
                int level = Integer.parseInt(
                        Files.readString(cache.resolve("level")).strip());
                if (level > highest) {
                    highest = level;
                    bytes = size(Files.readString(cache.resolve("size")).strip());
                }
            }
        } catch (IOException | NumberFormatException e) {
            return USUAL_BYTES;
        }
        return bytes > 0 ? bytes : USUAL_BYTES;
    }

    /** Bytes of a number with K or M. */
    private static long size(String text) {
        int shift = text.endsWith("K") ? 10 : text.endsWith("M") ? 20 : 0;
        return Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
    }
}
