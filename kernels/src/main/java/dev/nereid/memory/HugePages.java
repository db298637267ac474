package dev.nereid.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Zeroed memory that Linux may back with pages of 2 MiB. Weights are streamed once a run and rarely stay in a cache: with
 * small pages much of that time goes into address translation. Elsewhere there is none, and the caller takes other memory.
 */
final class HugePages {
    /** Bytes of a huge page, and what is worth asking for. */
    static final long SIZE = 2L << 20;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final Optional<Calls> CALLS = Calls.find();

    private HugePages() {}

    /** Zeroed memory that ends with {@code arena}; empty if the system gives none. */
    @SuppressWarnings("restricted")
    static Optional<MemorySegment> allocate(long bytes, Arena arena) {
        if (CALLS.isEmpty()) {
            return Optional.empty();
        }
        Calls calls = CALLS.get();
        long length = Math.ceilDiv(bytes, SIZE) * SIZE + SIZE;
        long address = calls.map(length);
        if (address == MAP_FAILED) {
            return Optional.empty();
        }
        long aligned = Math.ceilDiv(address, SIZE) * SIZE;
        calls.adviseHuge(aligned, length - SIZE);
        return Optional.of(
                MemorySegment.ofAddress(aligned).reinterpret(bytes, arena, _ -> calls.unmap(address, length)));
    }

    /** The three functions of the C library. */
    private record Calls(MethodHandle mmap, MethodHandle madvise, MethodHandle munmap) {
        @SuppressWarnings("restricted")
        static Optional<Calls> find() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux")) {
                return Optional.empty();
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            Optional<MemorySegment> mmap = library.find("mmap");
            Optional<MemorySegment> madvise = library.find("madvise");
            Optional<MemorySegment> munmap = library.find("munmap");
            if (mmap.isEmpty() || madvise.isEmpty() || munmap.isEmpty()) {
                return Optional.empty();
            }
            ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt number = ValueLayout.JAVA_INT;
            return Optional.of(new Calls(
                    linker.downcallHandle(
                            mmap.get(), FunctionDescriptor.of(size, size, size, number, number, number, size)),
                    linker.downcallHandle(madvise.get(), FunctionDescriptor.of(number, size, size, number)),
                    linker.downcallHandle(munmap.get(), FunctionDescriptor.of(number, size, size))));
        }

        long map(long length) {
            try {
                return (long) mmap.invokeExact(0L, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException("mmap cannot be called", e);
            }
        }

        /** A wish: whether it was granted makes no difference to what the memory holds. */
        void adviseHuge(long address, long length) {
            try {
                int _ = (int) madvise.invokeExact(address, length, MADV_HUGEPAGE);
            } catch (Throwable e) {
                throw new IllegalStateException("madvise cannot be called", e);
            }
        }

        void unmap(long address, long length) {
            try {
                int _ = (int) munmap.invokeExact(address, length);
            } catch (Throwable e) {
                throw new IllegalStateException("munmap cannot be called", e);
            }
        }
    }
}
