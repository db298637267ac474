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
import dev.nereid.models.Precision;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a model answers to one request does not depend on the others in its batch: a row of a batch of any size, at any
 * position, on any number of workers, equals the same row alone bit by bit. The property {@code nereid.test.invariance},
 * set to {@code full}, begins batches at every row; of the large models it takes every size of batch, and on the scalar
 * kernels, where one row takes seconds, a few. Without it they run in a few sizes, and not on the scalar kernels.
 */
@Tag("golden")
class BatchInvarianceTest {
    private static final int[] BATCHES = {1, 2, 3, 4, 7, 8, 16, 17};
    private static final int[] FEW_BATCHES = {3, 8};
    private static final int ROWS = 17;
    private static final int[] EVERY_START = IntStream.range(0, ROWS).toArray();
    /** The rows at which batches begin where not at every one. */
    private static final int[] FEW_STARTS = {0, 11};

    /** Models that are tried in less precision too. */
    private static final Set<String> ALSO_IN_LESS_PRECISION =
            Set.of(SmallModels.TEXTS, SmallModels.IMAGES, "minilm-l6-v2-fp32");

    private static final boolean FULL = "full".equals(System.getProperty("nereid.test.invariance"));

    /** Models that mix the rows of a batch themselves, and how. */
    private static final Map<String, String> MIXES_ROWS =
            Map.of("minilm-l6-v2-q", "DynamicQuantizeLinear takes its scale from the range of the whole batch");

    /** Models that take minutes in all sizes or on the scalar kernels. */
    private static final Set<String> LARGE = Set.of(
            "magika-standard-v3.3",
            "minilm-l6-v2-fp32",
            "mlperf-tiny-resnet8-cifar10",
            "mlperf-tiny-vww-mobilenet",
            "nsfw-mobilenetv2",
            "ppocr-v4-det",
            "ppocr-v4-rec",
            "superres");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> rowsDoNotDependOnTheirBatch() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path modelFolder : GoldenModelsTest.models(folder, "batch invariance")) {
            String model = modelFolder.getFileName().toString();
            if (MIXES_ROWS.containsKey(model)) {
                continue;
            }
            for (String layer : KernelSelection.LAYERS) {
                if (layer.equals("scalar") && LARGE.contains(model) && !FULL) {
                    continue;
                }
                tests.add(DynamicTest.dynamicTest(
                        model + " " + layer, () -> check(modelFolder, layer, LoadOptions.DEFAULT)));
                if (ALSO_IN_LESS_PRECISION.contains(model) && !layer.equals("scalar")) {
                    tests.add(DynamicTest.dynamicTest(
                            model + " " + layer + " in bf16",
                            () -> check(modelFolder, layer, LoadOptions.DEFAULT.withPrecision(Precision.BF16))));
                    tests.add(DynamicTest.dynamicTest(
                            model + " " + layer + " with int8 weights",
                            () -> check(modelFolder, layer, LoadOptions.DEFAULT.withInt8WeightsBeyond(0))));
                }
            }
        }
        return tests.stream();
    }

    private void check(Path modelFolder, String layer, LoadOptions options) throws IOException {
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse(layer), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 30);
                LoadedModel model =
                        ModelLoader.load(GoldenModelsTest.file(modelFolder, folder), options, kernels, memory)) {
            List<GoldenCase> cases = GoldenCase.of(modelFolder, arena).stream()
                    .filter(golden -> golden.name().startsWith("b" + BatchRows.RECORDED))
                    .toList();
            boolean large = LARGE.contains(modelFolder.getFileName().toString());
            boolean few = large && (!FULL || layer.equals("scalar"));
            int[] starts = few ? new int[] {0} : large || !FULL ? FEW_STARTS : EVERY_START;
            for (GoldenCase golden : cases) {
                check(model, new BatchRows(golden, arena), few ? FEW_BATCHES : BATCHES, starts, layer);
            }
        }
    }

    private static void check(LoadedModel model, BatchRows rows, int[] batches, int[] starts, String layer) {
        List<List<byte[]>> alone = new ArrayList<>();
        int read = Math.min(ROWS, starts[starts.length - 1] + batches[batches.length - 1]);
        for (int row = 0; row < read; row++) {
            alone.add(run(model, rows, List.of(row), Workers.single()).getFirst());
        }
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant two = pool.grant()) {
            for (int batch : batches) {
                for (int first : starts) {
                    check(model, rows, alone, picked(batch, first), Workers.single(), layer);
                    check(model, rows, alone, picked(batch, first), two, layer);
                }
            }
        }
    }

    /** Rows from {@code first} on, in a circle. */
    private static List<Integer> picked(int batch, int first) {
        List<Integer> picked = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            picked.add((first + i) % ROWS);
        }
        return picked;
    }

    private static void check(
            LoadedModel model,
            BatchRows rows,
            List<List<byte[]>> alone,
            List<Integer> picked,
            Workers workers,
            String layer) {
        List<List<byte[]>> together = run(model, rows, picked, workers);
        for (int position = 0; position < picked.size(); position++) {
            for (int output = 0; output < model.outputs().size(); output++) {
                assertThat(together.get(position).get(output))
                        .as(
                                "%s kernels, %d workers: output '%s' of row %d at position %d of %d",
                                layer,
                                workers.count(),
                                model.outputs().get(output).name(),
                                picked.get(position),
                                position,
                                picked.size())
                        .isEqualTo(alone.get(picked.get(position)).get(output));
            }
        }
    }

    /** For each row of the batch the bytes of each output. */
    private static List<List<byte[]>> run(LoadedModel model, BatchRows rows, List<Integer> picked, Workers workers) {
        List<Tensor> inputs =
                model.inputs().stream().map(port -> rows.input(port, picked)).toList();
        try (RunResult result = model.run(inputs, workers)) {
            List<List<byte[]>> bytes = new ArrayList<>();
            for (int position = 0; position < picked.size(); position++) {
                List<byte[]> outputs = new ArrayList<>();
                for (int output = 0; output < model.outputs().size(); output++) {
                    String name = model.outputs().get(output).name();
                    outputs.add(rows.output(name, result.outputs().get(output), position));
                }
                bytes.add(outputs);
            }
            return bytes;
        }
    }
}
