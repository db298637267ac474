package dev.nereid.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.start(new EngineOptions(2));
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static Model simple() {
        return engine.load(EXAMPLES.resolve("simple"));
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    @Test
    void modelTellsNamesTypesAndDims() {
        try (Model model = engine.load(EXAMPLES.resolve("iris"))) {
            assertThat(model.inputs())
                    .containsExactly(
                            new TensorSpec("features", DataType.FP32, Optional.of(List.of(TensorSpec.ANY, 4L))));
            assertThat(model.outputs().stream().map(TensorSpec::toString))
                    .containsExactly("'label' BYTES[-1]", "'probabilities' FP32[-1,3]");
        }
    }

    @Test
    void fileFolderAndBytesAreTheSameModel() throws Exception {
        Path file = EXAMPLES.resolve("simple/1/model.onnx");
        for (Callable<Model> load : List.<Callable<Model>>of(
                () -> engine.load(file),
                EngineTest::simple,
                () -> engine.load(Files.readAllBytes(file)),
                () -> engine.load(EXAMPLES.resolve("simple"), ModelOptions.DEFAULT.withVersion(1)))) {
            try (Model model = load.call();
                    Inputs inputs =
                            model.newInputs().set("INPUT0", range(0, 16), 1, 16).set("INPUT1", range(10, 26), 1, 16);
                    Outputs outputs = model.run(inputs)) {
                assertThat(outputs.names()).containsExactly("OUTPUT0", "OUTPUT1");
                assertThat(outputs.shape("OUTPUT0")).isEqualTo(Shape.of(1, 16));
                assertThat(outputs.ints("OUTPUT1")).containsOnly(-10);
            }
        }
    }

    @Test
    void nativeMemoryGoesInAndComesOutWithoutArrays() {
        try (Arena arena = Arena.ofShared();
                Model model = simple();
                Inputs inputs = model.newInputs()) {
            MemorySegment own = arena.allocate(ValueLayout.JAVA_INT, 16);
            own.setAtIndex(ValueLayout.JAVA_INT, 3, 7);
            inputs.set("INPUT0", Tensor.of(DataType.INT32, Shape.of(1, 16), own));
            MemorySegment filled = inputs.allocate("INPUT1", 1, 16).fill((byte) 0);
            filled.setAtIndex(ValueLayout.JAVA_INT, 3, 5);
            try (Outputs outputs = model.run(inputs)) {
                assertThat(outputs.tensor("OUTPUT0").segment().getAtIndex(ValueLayout.JAVA_INT, 3))
                        .isEqualTo(12);
            }
        }
    }

    @Test
    void stringsGoInAndComeOut() {
        String[] numbers = IntStream.range(0, 16).mapToObj(Integer::toString).toArray(String[]::new);
        try (Model model = engine.load(EXAMPLES.resolve("simple_string"));
                Inputs inputs = model.newInputs().set("INPUT0", numbers, 1, 16).set("INPUT1", numbers, 1, 16);
                Outputs outputs = model.run(inputs)) {
            assertThat(outputs.strings("OUTPUT0")).contains("0", "2", "30");
        }
    }

    @Test
    void manyThreadsRunOneModel() throws Exception {
        try (Model model = simple();
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                int left = i;
                results.add(threads.submit(() -> {
                    int[] lefts = IntStream.range(0, 16).map(_ -> left).toArray();
                    try (Inputs inputs = model.newInputs()
                                    .set("INPUT0", lefts, 1, 16)
                                    .set("INPUT1", range(0, 16), 1, 16);
                            Outputs outputs = model.run(inputs)) {
                        return outputs.ints("OUTPUT0")[15];
                    }
                }));
            }
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(i + 15);
            }
        }
    }

    @Test
    void inputsAreReusedForManyRuns() {
        try (Model model = simple();
                Inputs inputs = model.newInputs().set("INPUT1", range(0, 16), 1, 16)) {
            for (int i = 0; i < 3; i++) {
                inputs.set("INPUT0", range(i, 16 + i), 1, 16);
                try (Outputs outputs = model.run(inputs)) {
                    assertThat(outputs.ints("OUTPUT1")).containsOnly(i);
                }
            }
        }
    }

    @Test
    void mistakesHaveACodeAndAMessageThatNamesThem() {
        try (Model model = simple();
                Inputs inputs = model.newInputs().set("INPUT0", range(0, 16), 1, 16)) {
            refused(Code.INVALID_ARGUMENT, "'INPUT1' INT32[-1,16] is missing", () -> model.run(inputs));
            refused(Code.INVALID_ARGUMENT, "no input 'INPUT9'", () -> inputs.set("INPUT9", range(0, 16), 1, 16));
            refused(Code.INVALID_ARGUMENT, "expected INT32, got float[]", () -> inputs.set("INPUT1", new float[1], 1));
            refused(
                    Code.INVALID_ARGUMENT,
                    "shape [1,16] has 16 elements, got an array of 3",
                    () -> inputs.set("INPUT1", range(0, 3), 1, 16));
            refused(Code.INVALID_ARGUMENT, "negative dim", () -> inputs.set("INPUT1", range(0, 3), -3));
            inputs.set("INPUT1", range(0, 4), 1, 4);
            refused(Code.INVALID_ARGUMENT, "input 'INPUT1'", () -> model.run(inputs));
            inputs.set("INPUT1", range(0, 16), 1, 16);
            try (Outputs outputs = model.run(inputs)) {
                refused(Code.INVALID_ARGUMENT, "no output 'OUTPUT9'", () -> outputs.ints("OUTPUT9"));
                refused(Code.INVALID_ARGUMENT, "is INT32: it is no float[]", () -> outputs.floats("OUTPUT0"));
            }
        }
    }

    @Test
    void memoryOfTheWrongKindIsRefused() {
        try (Arena arena = Arena.ofShared();
                Model model = simple();
                Inputs inputs = model.newInputs()) {
            MemorySegment odd = arena.allocate(65, 64).asSlice(1);
            refused(
                    Code.INVALID_ARGUMENT,
                    "aligned to 4 bytes",
                    () -> inputs.set("INPUT0", Tensor.of(DataType.INT32, Shape.of(1, 16), odd)));
        }
    }

    @Test
    void modelsThatAreNotThereAreRefused(@TempDir Path folder) throws Exception {
        refused(Code.NOT_FOUND, "no file or folder", () -> engine.load(folder.resolve("missing.onnx")));
        refused(Code.NOT_FOUND, "found no folder whose name is a number", () -> engine.load(folder));
        refused(
                Code.NOT_FOUND,
                "its versions are [1]",
                () -> engine.load(EXAMPLES.resolve("iris"), ModelOptions.DEFAULT.withVersion(9)));
        Path file = Files.writeString(folder.resolve("text.onnx"), "not a model");
        refused(Code.INVALID_MODEL, "text.onnx", () -> engine.load(file));
        refused(Code.INVALID_MODEL, "the model of 3 bytes", () -> engine.load(new byte[] {1, 2, 3}));
        Files.writeString(folder.resolve("config.pbtxt"), "backend: \"python\"");
        refused(Code.INVALID_MODEL, "got backend 'python'", () -> engine.load(folder));
    }

    @Test
    void whatIsClosedIsRefused() {
        Model model = simple();
        Inputs inputs = model.newInputs().set("INPUT0", range(0, 16), 1, 16).set("INPUT1", range(0, 16), 1, 16);
        Outputs outputs = model.run(inputs);
        outputs.close();
        outputs.close();
        refused(Code.CLOSED, "outputs", () -> outputs.ints("OUTPUT0"));
        model.close();
        model.close();
        refused(Code.CLOSED, "the model is closed", () -> model.run(inputs));
        inputs.close();
        refused(Code.CLOSED, "inputs", () -> inputs.set("INPUT0", range(0, 16), 1, 16));
    }

    @Test
    void aClosedEngineIsRefused() {
        Engine own = Engine.start(EngineOptions.callingThread());
        try (Model model = own.load(EXAMPLES.resolve("simple"));
                Inputs inputs = model.newInputs();
                Inputs full = model.newInputs()) {
            full.set("INPUT0", range(0, 16), 1, 16).set("INPUT1", range(0, 16), 1, 16);
            own.close();
            own.close();
            refused(Code.CLOSED, "the engine is closed", () -> model.run(full));
            refused(Code.CLOSED, "the engine is closed", () -> inputs.set("INPUT0", range(0, 16), 1, 16));
            refused(Code.CLOSED, "the engine is closed", () -> own.load(EXAMPLES.resolve("simple")));
        }
    }

    @Test
    void shapesBeyondAllMemoryAreArgumentsThatDoNotSuit() {
        try (Model model = simple();
                Inputs inputs = model.newInputs()) {
            refused(Code.INVALID_ARGUMENT, "'INPUT0'", () -> inputs.allocate("INPUT0", Long.MAX_VALUE, 1));
            refused(Code.INVALID_ARGUMENT, "'INPUT0'", () -> inputs.allocate("INPUT0", Long.MAX_VALUE, 2));
            refused(Code.OUT_OF_MEMORY, "'INPUT0'", () -> inputs.allocate("INPUT0", 1L << 55, 1));
        }
    }

    private static void refused(Code code, String part, ThrowingCallable call) {
        assertThatExceptionOfType(EngineException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(part);
        });
    }
}
