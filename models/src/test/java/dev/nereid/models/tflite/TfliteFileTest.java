package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.FlatParts.integers;
import static dev.nereid.models.tflite.FlatParts.table;
import static dev.nereid.models.tflite.FlatParts.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged files are refused with a sentence. */
class TfliteFileTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_203L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 2));

    /** An addition of a constant, then a convolution. */
    static byte[] whole() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(TfliteModels.FLOAT, 1, 3, 3, 1);
        int sum = model.tensor(TfliteModels.FLOAT, 1, 3, 3, 1);
        int y = model.tensor(TfliteModels.FLOAT, 1, 3, 3, 1);
        return model.operator("ADD", table(), sum, x, model.floats(new int[] {1}, 2))
                .operator("CONV_2D", table().with(1, 1).with(2, 1), y, sum, model.floats(new int[] {1, 1, 1, 1}, 2), -1)
                .file(y, x);
    }

    private static void refused(byte[] file, String... message) {
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll(message);
    }

    private static void load(byte[] file) {
        try (SlabPool memory = new SlabPool(1L << 24)) {
            ModelLoader.load(file, LoadOptions.DEFAULT, TfliteModels.KERNELS, memory)
                    .close();
        }
    }

    private static byte[] root(FlatParts.Table root) {
        return FlatParts.file("TFL3", root);
    }

    @Test
    void anOffsetBehindTheEndIsRefused() {
        byte[] file = whole();
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(0, file.length - 2);
        refused(file, "the flatbuffer is damaged", "not within the file's");
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(0, -8);
        refused(file, "the flatbuffer is damaged");
    }

    @Test
    void aVectorThatIsLongerThanTheFileIsRefused() {
        refused(
                root(table().with(0, 3).with(1, new FlatParts.Elements(Integer.MAX_VALUE, new byte[4]))),
                "the flatbuffer is damaged: a vector");
    }

    @Test
    void whatIsNotThereIsRefusedByItsNumber() {
        FlatParts.Table subgraph = table().with(1, integers(5));
        refused(
                root(table().with(0, 3).with(2, new FlatParts.Parts(List.of(subgraph)))),
                "there is no tensor 5; the subgraph has 0");
        refused(root(table().with(0, 4)), "expected version 3 of the format, got 4");
        refused(root(table().with(0, 3)), "it has no subgraph");
        FlatParts.Table tensor = table().with(2, 9).with(3, text("x"));
        refused(
                root(table().with(0, 3)
                        .with(2, new FlatParts.Parts(List.of(table().with(0, new FlatParts.Parts(List.of(tensor))))))),
                "tensor 'x': there is no buffer 9; the file has 0");
    }

    @Test
    void aConstantOfAnotherSizeThanItsShapeIsRefused() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(TfliteModels.FLOAT, 1);
        int y = model.tensor(TfliteModels.FLOAT, 1);
        byte[] file = model.operator("ADD", table(), y, x, model.floats(new int[] {3}, 1, 2))
                .file(y, x);
        refused(file, "operator 0: ADD:", "'t2' of FP32[3] needs 12 bytes, its buffer has 8");
    }

    @Test
    void anUnknownOperatorIsNamed() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(TfliteModels.FLOAT, 1);
        refused(model.operator("SVDF", table(), x, x).file(x, x), "the operator SVDF is not supported");
        refused(new TfliteModels().custom("Mine", new byte[0], 0).file(0), "there is no tensor 0");
    }

    @Test
    void aTensorThatIsReadBeforeItIsWrittenIsRefused() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(TfliteModels.FLOAT, 1);
        int y = model.tensor(TfliteModels.FLOAT, 1);
        refused(model.operator("ABS", table(), y, y).file(y, x), "'t1' is read before it is written");
    }

    @Test
    void damagedFilesAreLoadedOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<byte[]> files = List.of(
                whole(),
                TfliteIntegersTest.fullyConnected(),
                TfliteIntegersTest.convolution(),
                TfliteIntegersTest.two("ADD"));
        files.forEach(TfliteFileTest::load);
        int refused = 0;
        int round = 0;
        for (long end = System.nanoTime() + TIME.toNanos(); System.nanoTime() < end; round++) {
            byte[] file = files.get(random.nextInt(files.size())).clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                file[8 + random.nextInt(file.length - 8)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? 8 + random.nextInt(file.length - 8) : file.length;
            try {
                load(Arrays.copyOf(file, length));
            } catch (ModelFormatException e) {
                refused++;
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED, e);
            }
        }
        assertThat(refused).isGreaterThan(round / 10);
    }
}
