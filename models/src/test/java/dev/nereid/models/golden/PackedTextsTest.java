package dev.nereid.models.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.TextPacking;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real text models, packed: what a text gets among texts of any lengths equals, bit by bit, what it gets alone from the
 * model as it is without packing. Models that cannot be packed say why.
 */
@Tag("golden")
class PackedTextsTest {
    private static final long SEED = 42;
    private static final int LONGEST = 512;
    private static final int VOCABULARY = 30_522;

    /** Small models that must be refused, and a part of the reason. */
    private static final Map<String, String> SMALL_REFUSED = Map.of(
            SmallModels.IMAGES, "is not [batch, tokens, ...]",
            SmallModels.STREAM, "input 'input' FP32[batch, 8] is not [batch, tokens, ...]");

    /** Real models that must be refused, and a part of the reason. */
    private static final Map<String, String> REFUSED = Map.of(
            "minilm-l6-v2-q", "takes one scale from all numbers that it is given",
            "charrnn-shakespeare", "input 'h_in.0' FP32[1, batch, 128] is not [batch, tokens, ...]",
            "stories260K-onnx", "input 'past_key.0'",
            "tract-byte_sb_bidi_lstm", "may mix the tokens of a text",
            "magika-standard-v3.3", "is not [batch, tokens, ...]",
            "mlperf-tiny-ad01-autoencoder", "is not [batch, tokens, ...]",
            "silero-vad-v5", "input 'state'");

    @TempDir
    Path folder;

    @SuppressWarnings("ArrayRecordComponent")
    private record Text(long[] ids, long[] mask, long[] types) {}

    @TestFactory
    Stream<DynamicTest> packedTextsEqualSingleOnes() throws IOException {
        List<Path> models = SmallModels.sentences(folder);
        return Stream.of("vector", "native").map(layer -> DynamicTest.dynamicTest(layer, () -> check(models, layer)));
    }

    @TestFactory
    Stream<DynamicTest> modelsThatCannotBePackedSayWhy() throws IOException {
        SmallModels.write(folder);
        Stream<DynamicTest> small = refusals(folder, SMALL_REFUSED);
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED real models that cannot be packed: NEREID_TEST_DATA is not set");
            return small;
        }
        List<Path> real = GoldenModelsTest.real(data, REFUSED.keySet(), "models that cannot be packed");
        Map<String, String> refused = real.stream()
                .map(model -> model.getFileName().toString())
                .collect(Collectors.toMap(name -> name, name -> Objects.requireNonNull(REFUSED.get(name))));
        return Stream.concat(small, refusals(Path.of(data, "models"), refused));
    }

    private Stream<DynamicTest> refusals(Path models, Map<String, String> refused) {
        return refused.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.getKey(), () -> checkRefusal(models.resolve(row.getKey()), row.getValue())));
    }

    private void checkRefusal(Path model, String reason) throws IOException {
        try (SlabPool memory = new SlabPool(1L << 24);
                LoadedModel loaded = load(model, "vector", memory, true)) {
            assertThat(loaded.packing())
                    .isInstanceOfSatisfying(
                            TextPacking.Refused.class,
                            refused -> assertThat(refused.reason()).contains(reason));
        }
    }

    private LoadedModel load(Path modelFolder, String layer, SlabPool memory, boolean packed) throws IOException {
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(layer), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        return ModelLoader.load(
                GoldenModelsTest.file(modelFolder, folder),
                packed ? LoadOptions.PACKED : LoadOptions.DEFAULT,
                kernels,
                memory);
    }

    /** @param recorded folders with recorded outputs of the model */
    private void check(List<Path> recorded, String layer) throws IOException {
        System.out.println("packed texts: seed " + SEED);
        Random random = new Random(SEED);
        try (SlabPool memory = new SlabPool(1L << 30);
                LoadedModel alone = load(recorded.getFirst(), layer, memory, false);
                LoadedModel packed = load(recorded.getFirst(), layer, memory, true);
                WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant two = pool.grant()) {
            assertThat(packed.packing()).isEqualTo(new TextPacking.Packed(List.of(TextPacking.Part.TOKENS), LONGEST));
            recorded.forEach(each -> checkRecorded(packed, each, two));
            check(alone, packed, List.of(text(random, 1)), Workers.single());
            check(alone, packed, List.of(text(random, LONGEST), text(random, 1)), two);
            for (int mix = 0; mix < 6; mix++) {
                List<Text> texts = new ArrayList<>();
                for (int i = random.nextInt(1, 12); i > 0; i--) {
                    int bound = random.nextBoolean() ? 64 : LONGEST;
                    texts.add(text(random, random.nextInt(bound) + 1));
                }
                check(alone, packed, texts, mix % 2 == 0 ? two : Workers.single());
            }
        }
    }

    /** A text, of which one in three ends in padding of the client's own. */
    private static Text text(Random random, int length) {
        Text text = new Text(new long[length], new long[length], new long[length]);
        int seen = random.nextInt(3) == 0 ? random.nextInt(length) + 1 : length;
        for (int i = 0; i < length; i++) {
            text.ids[i] = random.nextInt(VOCABULARY);
            text.mask[i] = i < seen ? 1 : 0;
            text.types[i] = random.nextInt(2);
        }
        return text;
    }

    private static void check(LoadedModel alone, LoadedModel packed, List<Text> texts, Workers workers) {
        int[] lengths = texts.stream().mapToInt(text -> text.ids.length).toArray();
        try (Arena arena = Arena.ofConfined();
                RunResult together = packed.run(packed(texts, arena), workers)) {
            Tensor whole = together.outputs().getFirst();
            long from = 0;
            for (int i = 0; i < texts.size(); i++) {
                try (RunResult single = alone.run(inputs(List.of(texts.get(i)), arena), workers)) {
                    Tensor expected = single.outputs().getFirst();
                    assertThat(whole.segment()
                                    .asSlice(from, expected.byteSize())
                                    .mismatch(expected.segment().asSlice(0, expected.byteSize())))
                            .as("text %d of texts of %s tokens", i, Arrays.toString(lengths))
                            .isEqualTo(-1);
                    from += expected.byteSize();
                }
            }
            assertThat(from).isEqualTo(whole.byteSize());
        }
    }

    /** A recorded batch is as many texts of one length; outputs are those that were recorded. */
    private static void checkRecorded(LoadedModel packed, Path modelFolder, Workers workers) {
        try (Arena arena = Arena.ofShared()) {
            for (GoldenCase golden : GoldenCase.of(modelFolder, arena)) {
                List<Tensor> inputs = new ArrayList<>();
                Shape shape = Shape.SCALAR;
                for (LoadedModel.Port port :
                        packed.inputs().subList(0, packed.inputs().size() - 1)) {
                    Tensor tensor = golden.input(port);
                    shape = tensor.shape();
                    inputs.add(tensor.withShape(Shape.of(1, shape.elements())));
                }
                MemorySegment ends = arena.allocate(shape.dim(0) * 8, 64);
                for (long text = 0; text < shape.dim(0); text++) {
                    ends.setAtIndex(ValueLayout.JAVA_LONG, text, (text + 1) * shape.dim(1));
                }
                inputs.add(Tensor.of(DataType.INT64, Shape.of(shape.dim(0)), ends));
                try (RunResult result = packed.run(inputs, workers)) {
                    Tensor expected = Objects.requireNonNull(
                            golden.outputs().get(packed.outputs().getFirst().name()));
                    Tensor actual = result.outputs().getFirst();
                    assertThat(Agreement.CLOSE.compare(expected, actual.withShape(expected.shape())))
                            .as(golden.name())
                            .isEmpty();
                }
            }
        }
    }

    private static List<Tensor> packed(List<Text> texts, Arena arena) {
        List<Tensor> inputs = new ArrayList<>(inputs(texts, arena));
        MemorySegment ends = arena.allocate(texts.size() * 8L, 64);
        long end = 0;
        for (int i = 0; i < texts.size(); i++) {
            end += texts.get(i).ids.length;
            ends.setAtIndex(ValueLayout.JAVA_LONG, i, end);
        }
        inputs.add(Tensor.of(DataType.INT64, Shape.of(texts.size()), ends));
        return inputs;
    }

    /** Ids, mask and types: [1, tokens of all texts]. */
    private static List<Tensor> inputs(List<Text> texts, Arena arena) {
        return Stream.<Function<Text, long[]>>of(Text::ids, Text::mask, Text::types)
                .map(part -> {
                    long[] all = texts.stream()
                            .flatMapToLong(text -> Arrays.stream(part.apply(text)))
                            .toArray();
                    MemorySegment segment = arena.allocate(all.length * 8L, 64);
                    MemorySegment.copy(all, 0, segment, ValueLayout.JAVA_LONG, 0, all.length);
                    return Tensor.of(DataType.INT64, Shape.of(1, all.length), segment);
                })
                .toList();
    }
}
