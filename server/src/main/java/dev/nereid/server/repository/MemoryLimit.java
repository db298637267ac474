package dev.nereid.server.repository;

import dev.nereid.memory.MachineMemory;
import dev.nereid.memory.MemoryBudget;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The native memory that the server may take: models, runs and requests. A load sets its estimate aside first and is refused
 * where it would not fit; whatever is allocated is bound by {@link NativeMemory#limit}. Any thread.
 */
public final class MemoryLimit {
    private static final Map<Character, Long> UNITS =
            Map.of('K', 1L << 10, 'M', 1L << 20, 'G', 1L << 30, 'T', 1L << 40);
    private final long bytes;
    /** Loads that are going on. Guarded by itself. */
    private final Set<Reservation> loads = new HashSet<>();

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
     * Reads an amount as the command line gives it: bytes, bytes with a unit ({@code 512M}, {@code 4G}), or a percentage
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
        synchronized (loads) {
            long live = NativeMemory.budget().used();
            long used = live + reserved(live);
            long room = MemoryBudget.of(bytes).mostFor(estimate);
            if (used + estimate > room) {
                throw new ModelLoadException(
                        InferException.Code.UNAVAILABLE,
                        what + " needs about " + amount(estimate) + " of memory, but of the limit of " + amount(bytes)
                                + " (--memory-limit) only " + amount(Math.max(room - used, 0))
                                + " are free; unload other models, or raise the limit");
            }
            Reservation reservation = new Reservation(estimate, live);
            loads.add(reservation);
            return reservation;
        }
    }

    /** What loads have set aside and not taken yet: what has been allocated since the first of them began counts once. */
    private long reserved(long live) {
        long set = 0;
        long before = live;
        for (Reservation load : loads) {
            set += load.estimate;
            before = Math.min(before, load.liveBefore);
        }
        return Math.max(set - (live - before), 0);
    }

    /** Memory set aside for a load that is going on. Close once, when the load has ended. */
    final class Reservation implements AutoCloseable {
        private final long estimate;
        private final long liveBefore;

        private Reservation(long estimate, long liveBefore) {
            this.estimate = estimate;
            this.liveBefore = liveBefore;
        }

        @Override
        public void close() {
            synchronized (loads) {
                loads.remove(this);
            }
        }
    }

    /** An amount in the largest unit of which it has one. */
    static String amount(long bytes) {
        if (bytes >= 1L << 20) {
            return (bytes >> 20) + " MiB";
        }
        return bytes >= 1L << 10 ? (bytes >> 10) + " KiB" : bytes + " bytes";
    }

    private static String expectation(String text) {
        return "expected bytes such as 4294967296 or 4G, or a percentage such as 75%, got '" + text + "'";
    }
}
