package dev.nereid.perf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** What the servers of tests do: double every number of INPUT0, four of them. */
final class FakeModel {
    static final int COUNT = 4;
    static final int BYTES = COUNT * Float.BYTES;

    /** Names of regions that are registered, with their keys. */
    final Map<String, String> regions = new ConcurrentHashMap<>();

    /** What was asked of the server beside inference, in order. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    final AtomicLong inferences = new AtomicLong();

    ByteBuffer answer(ByteBuffer input) {
        inferences.incrementAndGet();
        ByteBuffer from = input.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer to = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < COUNT; i++) {
            to.putFloat(2 * from.getFloat());
        }
        return to.flip();
    }

    ByteBuffer read(String region, long offset, long bytes) throws java.io.IOException {
        byte[] all = Files.readAllBytes(file(region));
        return ByteBuffer.wrap(all, (int) offset, (int) bytes).slice();
    }

    void write(String region, long offset, ByteBuffer content) throws java.io.IOException {
        try (FileChannel channel = FileChannel.open(file(region), StandardOpenOption.WRITE)) {
            channel.write(content.duplicate(), offset);
        }
    }

    private Path file(String region) {
        String key = regions.get(region);
        if (key == null) {
            throw new IllegalStateException("Unable to find shared memory region: '" + region + "'");
        }
        return Path.of("/dev/shm" + key);
    }
}
