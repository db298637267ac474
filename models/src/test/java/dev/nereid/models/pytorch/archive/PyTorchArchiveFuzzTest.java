package dev.nereid.models.pytorch.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleBytes.Instance;
import dev.nereid.models.pytorch.archive.PickleBytes.Tuple;
import dev.nereid.models.pytorch.archive.PickleBytes.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged archives and pickles: whatever comes is read or refused with a sentence, and takes no memory that was only claimed. */
@Tag("soak")
class PyTorchArchiveFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final int FEWEST_ROUNDS = 2000;
    private static final long MEMORY = 1L << 26;

    @Test
    void damagedArchivesAreReadOrRefused() {
        fuzz(archive(), PyTorchArchiveFuzzTest::isArchiveRead);
    }

    @Test
    void damagedPicklesAreReadOrRefused() {
        fuzz(PickleBytes.of(model()), PyTorchArchiveFuzzTest::isPickleRead);
    }

    private static void fuzz(byte[] whole, Predicate<byte[]> isRead) {
        System.out.println("PyTorchArchiveFuzzTest: -Dnereid.test.fuzz.seed=" + SEED);
        assertThat(isRead.test(whole)).isTrue();
        SplittableRandom random = new SplittableRandom(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int read = 0;
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] damaged = damage(whole, random);
            try {
                if (isRead.test(damaged)) {
                    read++;
                } else {
                    refused++;
                }
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED + ": " + Arrays.toString(damaged), e);
            }
        }
        System.out.println("PyTorchArchiveFuzzTest: " + read + " files read, " + refused + " refused");
        assertThat(read).isPositive();
        assertThat(refused).isGreaterThan(500);
    }

    /** Whether an archive and all in it is read; anything but the reader's own exception is a failure. */
    static boolean isArchiveRead(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment file = arena.allocate(Math.max(1, bytes.length), 64).asSlice(0, bytes.length);
            MemorySegment.copy(bytes, 0, file, ValueLayout.JAVA_BYTE, 0, bytes.length);
            long[] taken = {0};
            SegmentAllocator bounded = (size, alignment) -> {
                taken[0] += size;
                assertThat(taken[0]).isLessThan(MEMORY);
                return arena.allocate(size, alignment);
            };
            PyTorchArchive archive = PyTorchArchive.open(file, bounded);
            for (String name : archive.names()) {
                archive.bytes(name);
                if (name.endsWith(".pkl")) {
                    readTensors(archive, archive.pickle(name));
                } else if (name.endsWith(".py")) {
                    archive.text(name);
                }
            }
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }

    /** Whether a pickle is read; anything but the reader's own exception is a failure. */
    static boolean isPickleRead(byte[] bytes) {
        try {
            Pickle.read(MemorySegment.ofArray(bytes), "data").kind();
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }

    private static void readTensors(PyTorchArchive archive, PickleValue value) {
        switch (value) {
            case PickleValue.OfTensor tensor -> archive.tensor(tensor);
            case PickleValue.OfTuple(List<PickleValue> items) -> items.forEach(each -> readTensors(archive, each));
            case PickleValue.OfDict dict -> dict.entries().values().forEach(each -> readTensors(archive, each));
            case PickleValue.OfObject object -> object.state().ifPresent(each -> readTensors(archive, each));
            default -> {}
        }
    }

    private static byte[] damage(byte[] whole, SplittableRandom random) {
        byte[] file = whole.clone();
        int edits = 1 + random.nextInt(5);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(file.length);
            switch (random.nextInt(6)) {
                case 0, 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> file[at] = (byte) random.nextInt(256);
                case 3 -> file[at] = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
                case 4 -> file[at] = file[random.nextInt(file.length)];
                default -> {
                    if (random.nextInt(8) == 0) {
                        file = Arrays.copyOf(file, Math.max(1, at));
                    }
                }
            }
        }
        return file;
    }

    /** An archive with every kind of entry. */
    static byte[] archive() {
        return new ZipBytes()
                .wide()
                .stored("m/data.pkl", PickleBytes.of(model()))
                .stored("m/data/0", new byte[48])
                .deflated(
                        "m/code/net.py", "class A(Module):\n  pass\n".repeat(20).getBytes(StandardCharsets.UTF_8))
                .stored("m/byteorder", "little")
                .build();
    }

    private static Object model() {
        View strided = new View("FloatStorage", "0", 12, 1, List.of(3L, 2L), List.of(1L, 4L));
        Map<String, Object> state = new TreeMap<>(Map.of(
                "training",
                false,
                "w",
                View.floats("0", 3, 4),
                "t",
                strided,
                "n",
                PickleBytes.None.NONE,
                "l",
                List.of(1L, 2.5, "text"),
                "u",
                Tuple.of(1L, Map.of("k", true))));
        return new Instance("__torch__.net.A", state);
    }
}
