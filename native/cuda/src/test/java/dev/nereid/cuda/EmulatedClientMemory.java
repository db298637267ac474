package dev.nereid.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory of an emulated GPU that a client allocated and shares: a shared memory object, and the handle by which the emulated
 * driver finds it. Nothing here asks the driver, so it may as well be another process's.
 */
public final class EmulatedClientMemory implements AutoCloseable {
    private static final Path OBJECTS = Path.of("/dev/shm");
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path object;
    private final byte[] handle;

    private EmulatedClientMemory(Path object, byte[] handle) {
        this.object = object;
        this.handle = handle;
    }

    /** Zeros. */
    public static EmulatedClientMemory allocate(int device, int bytes) {
        String name = "nereid-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        Path object = OBJECTS.resolve(name);
        try {
            Files.write(object, new byte[bytes], StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer handle = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        handle.put("NEREIDIP".getBytes(StandardCharsets.US_ASCII));
        handle.putInt(device).putInt(0).putLong(bytes);
        handle.put(("/" + name).getBytes(StandardCharsets.US_ASCII));
        return new EmulatedClientMemory(object, handle.array());
    }

    /** What the client hands to whom it shares the memory with. */
    public byte[] handle() {
        return handle.clone();
    }

    public void put(int offset, byte[] bytes) {
        try (FileChannel channel = FileChannel.open(object, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] get(int offset, int bytes) {
        try {
            return Arrays.copyOfRange(Files.readAllBytes(object), offset, offset + bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
