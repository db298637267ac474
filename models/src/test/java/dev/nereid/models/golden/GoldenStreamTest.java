package dev.nereid.models.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A model that hands its state on follows a recorded stream, one frame a run. */
@Tag("golden")
class GoldenStreamTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> carriesItsStateOverTheWholeStream() throws IOException {
        List<DynamicTest> tests = new ArrayList<>(tests(SmallModels.writeStream(folder), "stream20"));
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED golden stream of a real model: NEREID_TEST_DATA is not set");
        } else {
            for (Path model : GoldenModelsTest.real(data, List.of("silero-vad-v5"), "golden stream")) {
                tests.addAll(tests(model, "stream96"));
            }
        }
        return tests.stream();
    }

    private static List<DynamicTest> tests(Path model, String stream) {
        return Stream.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)
                .map(options -> DynamicTest.dynamicTest(
                        model.getFileName() + " " + options, () -> check(model, stream, options)))
                .toList();
    }

    private static void check(Path model, String stream, LoadOptions options) throws IOException {
        KernelSet kernels = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 26);
                LoadedModel loaded = ModelLoader.load(model.resolve("model.onnx"), options, kernels, memory)) {
            GoldenCase golden = GoldenCase.read(model.resolve("golden", stream), arena);
            Tensor frames = Objects.requireNonNull(golden.inputs().get("input"));
            long length = frames.shape().elements() / frames.shape().dim(0);
            Tensor expected = Objects.requireNonNull(golden.outputs().get("output"));
            Tensor state = copy(Objects.requireNonNull(golden.inputs().get("state")), arena);
            Tensor probabilities = Tensor.of(DataType.FP32, expected.shape(), arena.allocate(expected.byteSize(), 64));
            for (long frame = 0; frame < frames.shape().dim(0); frame++) {
                List<Tensor> inputs = new ArrayList<>();
                for (LoadedModel.Port port : loaded.inputs()) {
                    inputs.add(
                            switch (port.name()) {
                                case "input" ->
                                    Tensor.of(
                                            DataType.FP32,
                                            Shape.of(1, length),
                                            frames.segment().asSlice(4 * length * frame, 4 * length));
                                case "state" -> state;
                                default -> golden.input(port);
                            });
                }
                try (RunResult result = loaded.run(inputs, Workers.single())) {
                    MemorySegment.copy(result.outputs().get(0).segment(), 0, probabilities.segment(), 4 * frame, 4);
                    state = copy(result.outputs().get(1), arena);
                }
            }
            assertThat(Agreement.CLOSE.compare(expected, probabilities)).isEmpty();
            assertThat(Agreement.CLOSE.compare(
                            Objects.requireNonNull(golden.outputs().get("stateN")), state))
                    .isEmpty();
        }
    }

    private static Tensor copy(Tensor tensor, Arena arena) {
        MemorySegment memory = arena.allocate(tensor.byteSize(), 64);
        MemorySegment.copy(tensor.segment(), 0, memory, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), memory);
    }
}
