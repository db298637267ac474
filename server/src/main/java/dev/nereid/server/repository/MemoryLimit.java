package dev.nereid.server.repository;

import dev.nereid.memory.MachineMemory;
import dev.nereid.memory.NativeMemory;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The native memory that models may take. A load reserves its estimate first and is refused where it would not fit, in
 * place of being killed by the kernel later. Any thread.
 */
public final class MemoryLimit {
    private static final Map<Character, Long> UNITS =
            Map.of('K', 1L << 10, 'M', 1L << 20, 'G', 1L << 30, 'T', 1L << 40);
    private final long bytes;
    private final AtomicLong reserved = new AtomicLong();

    private MemoryLimit(long bytes) {
        this.bytes = bytes;
    }

    public static MemoryLimit ofBytes(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a memory limit is positive, got " + bytes);
        }
        return new MemoryLimit(bytes);
    }

    /**
     * What the machine or the container has, less the Java heap's maximum and a tenth for everything else; at least an
     * eighth of the whole.
     */
    public static MemoryLimit ofMachine() {
        long all = MachineMemory.bytes();
        return ofBytes(Math.max(all - all / 10 - Runtime.getRuntime().maxMemory(), all / 8));
    }

    /**
     * Reads a limit as the command line gives it: bytes, bytes with a unit ({@code 512M}, {@code 4G}), or a percentage
     * of the machine's or container's memory ({@code 75%}).
     */
    public static MemoryLimit parse(String text) {
        String trimmed = text.strip().toUpperCase(Locale.ROOT);
        try {
            if (trimmed.endsWith("%")) {
                double percent = Double.parseDouble(trimmed.substring(0, trimmed.length() - 1));
                if (percent > 0 && percent <= 100) {
                    return ofBytes((long) (MachineMemory.bytes() * (percent / 100)));
                }
            } else if (!trimmed.isEmpty()) {
                Long unit = UNITS.get(trimmed.charAt(trimmed.length() - 1));
                String digits = unit == null ? trimmed : trimmed.substring(0, trimmed.length() - 1);
                return ofBytes(Math.multiplyExact(Long.parseLong(digits), unit == null ? 1 : unit));
            }
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new IllegalArgumentException(expectation(text), e);
        }
        throw new IllegalArgumentException(expectation(text));
    }

    public long bytes() {
        return bytes;
    }

    /**
     * Sets {@code estimate} bytes aside while a model loads.
     *
     * @param what names the model in the message
     * @throws ModelLoadException if they would not fit
     */
    Reservation reserve(long estimate, String what) {
        long others = reserved.getAndAdd(estimate);
        long used = NativeMemory.liveBytes() + others;
        if (used + estimate > bytes) {
            reserved.addAndGet(-estimate);
            throw new ModelLoadException(
                    dev.nereid.server.protocol.InferException.Code.UNAVAILABLE,
                    what + " needs about " + mebibytes(estimate) + " of memory, but of the limit of " + mebibytes(bytes)
                            + " (--memory-limit) only " + mebibytes(Math.max(bytes - used, 0)) + " are free");
        }
        return new Reservation(estimate);
    }

    /** Memory set aside for a load that is going on. Close once, when the load has ended. */
    final class Reservation implements AutoCloseable {
        private final long estimate;

        private Reservation(long estimate) {
            this.estimate = estimate;
        }

        @Override
        public void close() {
            reserved.addAndGet(-estimate);
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String expectation(String text) {
        return "expected bytes such as 4294967296 or 4G, or a percentage such as 75%, got '" + text + "'";
    }
}
