package dev.nereid.models.pytorch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.ZipBytes.Claims;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PyTorchArchiveTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void storedEntriesAreViewsOfTheFile() {
        MemorySegment file = segment(new ZipBytes()
                .stored("model/version", "3\n")
                .stored("model/data/0", new byte[] {1, 2, 3})
                .build());
        PyTorchArchive archive = PyTorchArchive.open(file, arena);
        MemorySegment data = archive.bytes("data/0");
        assertThat(archive.names()).containsExactly("version", "data/0");
        assertThat(data.toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
        assertThat(data.address() - file.address()).isBetween(64L, file.byteSize() - 3);
        assertThat((data.address() - file.address()) % 64).isZero();
    }

    @Test
    void deflatedEntriesAreInflatedOnce() {
        byte[] text = "def forward(self):\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        PyTorchArchive archive =
                open(new ZipBytes().deflated("model/code/a.py", text).build());
        assertThat(archive.text("code/a.py")).hasSize(text.length).startsWith("def forward");
        assertThat(archive.bytes("code/a.py").address())
                .isEqualTo(archive.bytes("code/a.py").address());
    }

    @Test
    void anArchiveWithoutOneRootFolderKeepsItsNames() {
        PyTorchArchive archive = open(
                new ZipBytes().stored("version", "8.2").stored("a/b.json", "{}").build());
        assertThat(archive.names()).containsExactly("version", "a/b.json");
        assertThat(archive.has("b.json")).isFalse();
    }

    @Test
    void anArchiveInAnEntryIsReadToo() {
        byte[] inner = new ZipBytes().stored("archive/data.pkl", "x").build();
        PyTorchArchive outer = open(new ZipBytes().stored("weights.pt", inner).build());
        PyTorchArchive archive = PyTorchArchive.open(outer.bytes("weights.pt"), arena);
        assertThat(archive.text("data.pkl")).isEqualTo("x");
    }

    @Test
    void sixtyFourBitSizesAreRead() {
        PyTorchArchive archive = open(new ZipBytes()
                .wide()
                .stored("m/a", "one")
                .deflated("m/b", "two".getBytes(StandardCharsets.UTF_8))
                .build());
        assertThat(archive.text("a")).isEqualTo("one");
        assertThat(archive.text("b")).isEqualTo("two");
    }

    @Test
    void whatIsNoWholeZipFileIsRefused() {
        byte[] whole =
                new ZipBytes().stored("m/version", "3").stored("m/a", "text").build();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(ModelFormatException.class)
                    .as("%s bytes", length)
                    .isThrownBy(() -> open(cut))
                    .withMessageContaining("no end record");
        }
        refused("bare pickle", PickleBytes.of(1L));
    }

    @Test
    void namesThatLeaveTheArchiveOrComeTwiceAreRefused() {
        for (String name : new String[] {"../x", "m/../x", "/x", "m\\x", "m/./x", "m/\0", ""}) {
            refused("impossible name", new ZipBytes().stored(name, "x").build());
        }
        refused(
                "two entries called 'm/a'",
                new ZipBytes().stored("m/a", "1").stored("m/a", "2").build());
    }

    @Test
    void encryptedEntriesAndOtherCompressionsAreRefused() {
        refused("encrypted", claiming(new Claims(1, 0, 4, 4, 0)));
        refused("method 12", claiming(new Claims(0, 12, 4, 4, 0)));
    }

    @Test
    void sizesAndOffsetsThatLieAreRefused() {
        refused("stored in 4 bytes and claims to have 5", claiming(new Claims(0, 0, 4, 5, 0)));
        refused("entries end at", claiming(new Claims(0, 0, 1000, 1000, 0)));
        refused("entries end at", claiming(new Claims(0, 0, 4, 4, 100_000)));
        PyTorchArchive behind = open(claiming(new Claims(0, 0, 4, 4, 3)));
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> behind.bytes("a"))
                .withMessageContaining("has no header at byte 3");
    }

    @Test
    void aBombIsRefusedBeforeMemoryIsTaken() {
        byte[] compressed = ZipBytes.deflate(new byte[1 << 16]);
        long claim = 1L << 30;
        PyTorchArchive archive = open(new ZipBytes()
                .add("m/a", compressed, new Claims(0, 8, compressed.length, claim, 0))
                .build());
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> archive.bytes("a"))
                .withMessageContaining("claims " + claim + " bytes");
    }

    @Test
    void anEntryThatInflatesToAnotherSizeIsRefused() {
        byte[] compressed = ZipBytes.deflate(new byte[100]);
        for (int claim : new int[] {99, 101}) {
            PyTorchArchive archive = open(new ZipBytes()
                    .add("m/a", compressed, new Claims(0, 8, compressed.length, claim, 0))
                    .build());
            assertThatExceptionOfType(ModelFormatException.class)
                    .isThrownBy(() -> archive.bytes("a"))
                    .withMessageContaining("does not inflate to the " + claim + " bytes");
        }
    }

    @Test
    void aFileOfABigEndianMachineIsRefused() {
        refused(
                "byte order is 'big'",
                new ZipBytes().stored("m/byteorder", "big").build());
    }

    @Test
    void anEntryThatIsNotThereIsNamed() {
        PyTorchArchive archive = open(new ZipBytes().stored("m/a", "1").build());
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> archive.bytes("data/7"))
                .withMessage("the archive has no entry 'data/7'");
    }

    private static byte[] claiming(Claims claims) {
        return new ZipBytes()
                .add("m/a", "text".getBytes(StandardCharsets.UTF_8), claims)
                .build();
    }

    private void refused(String message, byte[] file) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> open(file))
                .withMessageContaining(message);
    }

    private PyTorchArchive open(byte[] file) {
        return PyTorchArchive.open(segment(file), arena);
    }

    private MemorySegment segment(byte[] file) {
        MemorySegment segment = arena.allocate(Math.max(1, file.length), 64).asSlice(0, file.length);
        MemorySegment.copy(file, 0, segment, ValueLayout.JAVA_BYTE, 0, file.length);
        return segment;
    }
}
