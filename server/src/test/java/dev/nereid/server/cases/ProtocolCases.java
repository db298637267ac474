package dev.nereid.server.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.cases.Exchange.Answer;
import dev.nereid.server.cases.Exchange.Request;
import dev.nereid.server.cases.Exchange.Tensor;
import dev.nereid.server.cases.Exchange.Wanted;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What holds for inference over every protocol. Each subclass carries the cases over one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ProtocolCases {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> TYPES = List.of(
            "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32",
            "FP64", "BYTES");

    private static final KernelSet KERNELS = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    private final SlabPool memory = new SlabPool(1 << 20);
    private final WorkerPool workers = new WorkerPool(1);
    private List<RecordedModels> recorded = List.of();
    private ModelRepository repository;

    /** Starts the front on a free port of the loopback address. */
    abstract void startFront(ModelRepository models, SlabPool slabs);

    abstract void stopFront(Duration timeout);

    abstract Answer infer(Request request);

    /** The datatypes that this protocol can carry. */
    List<String> datatypes() {
        return TYPES;
    }

    @BeforeAll
    void start(@TempDir Path root, @TempDir Path golden) throws IOException {
        for (String type : TYPES) {
            String name = type.equals("BYTES") ? "STRING" : type;
            write(
                    root,
                    "echo_" + type,
                    1,
                    "backend: 'identity' max_batch_size: 8 " + tensor("input", "INPUT0", name)
                            + tensor("output", "OUTPUT0", name));
        }
        write(
                root,
                "pair",
                2,
                "backend: 'identity' max_batch_size: 4 " + tensor("input", "A", "INT32") + tensor("input", "B", "FP32")
                        + tensor("output", "X", "INT32") + tensor("output", "Y", "FP32"));
        writeEnsembles(root);
        recorded = RecordedModels.find(golden);
        for (RecordedModels models : recorded) {
            models.copyTo(root);
        }
        repository = ModelRepository.start(
                RepositoryConfig.of(root).withBackendConfig(Map.of("", Map.of("default-max-batch-size", "8"))),
                new Backends(List.of(new PlanBackend(KERNELS, workers), new IdentityBackend())));
        assertThat(repository.startup().orTimeout(120, TimeUnit.SECONDS).join()).isEmpty();
        startFront(repository, memory);
    }

    /** SQUARE = (X + X) * (X + X) by two ONNX models, and an ensemble whose step takes less than it promises. */
    private static void writeEnsembles(Path root) throws IOException {
        binary(root, "twice", "Add");
        binary(root, "squared", "Mul");
        ensemble(root, "square_of_twice", "SQUARE", step("twice", "X", "DOUBLE") + step("squared", "DOUBLE", "SQUARE"));
        write(
                root,
                "narrow",
                1,
                "backend: 'identity' max_batch_size: 8 input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 }");
        ensemble(root, "wide", "Y", step("narrow", "X", "Y"));
    }

    private static void binary(Path root, String model, String operator) throws IOException {
        write(
                root,
                model,
                1,
                "platform: 'onnxruntime_onnx' max_batch_size: 8 " + tensor("input", "X", "FP32")
                        + tensor("output", "Y", "FP32"));
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node(operator, "Y", "X", "X")
                .write(root.resolve(model).resolve("1"));
    }

    private static String step(String model, String input, String output) {
        return "step { model_name: '" + model + "' model_version: -1 input_map { key: 'X' value: '" + input + "' } "
                + "output_map { key: 'Y' value: '" + output + "' } } ";
    }

    private static void ensemble(Path root, String name, String output, String steps) throws IOException {
        write(
                root,
                name,
                1,
                "platform: 'ensemble' max_batch_size: 8 " + tensor("input", "X", "FP32")
                        + tensor("output", output, "FP32") + "ensemble_scheduling { " + steps + "}");
    }

    private static String tensor(String kind, String name, String type) {
        return kind + " { name: '" + name + "' data_type: TYPE_" + type + " dims: -1 } ";
    }

    private static void write(Path root, String model, int version, String config) throws IOException {
        Files.createDirectories(root.resolve(model).resolve(Integer.toString(version)));
        Files.writeString(root.resolve(model).resolve("config.pbtxt"), config);
    }

    @AfterAll
    void stop() {
        stopFront(PATIENCE);
        assertThat(repository.close(PATIENCE)).isTrue();
        workers.close();
        assertThat(memory.usedBytes())
                .as("bytes of requests that were not given back")
                .isZero();
    }

    private static Tensor int32(String name, long batch, Integer... values) {
        return new Tensor(
                name,
                "INT32",
                List.of(batch, values.length / Math.max(batch, 1)),
                Elements.bytes("INT32", List.of(values)));
    }

    private static Tensor fp32(String name, Float... values) {
        return new Tensor(name, "FP32", List.of(1L, (long) values.length), Elements.bytes("FP32", List.of(values)));
    }

    private Answer.Success success(Request request) {
        Answer answer = infer(request);
        assertThat(answer).isInstanceOf(Answer.Success.class);
        return (Answer.Success) answer;
    }

    private String failure(Request request) {
        Answer answer = infer(request);
        assertThat(answer).isInstanceOf(Answer.Failure.class);
        return ((Answer.Failure) answer).text();
    }

    private static Request pair() {
        return Request.of("pair", int32("A", 1, 1, 2), fp32("B", 0.5f));
    }

    @Test
    void anEnsembleHandsTheTensorsOfItsStepsOn() {
        Tensor input = fp32("X", 0.5f, -3f, 10f);
        assertOnly(success(Request.of("square_of_twice", input)), fp32("SQUARE", 1f, 36f, 400f));
    }

    private static void assertOnly(Answer.Success answer, Tensor expected) {
        assertThat(answer.outputs())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(expected);
    }

    @Test
    void anErrorOfAStepNamesTheEnsemble() {
        assertOnly(success(Request.of("wide", fp32("X", 1f, 2f))), fp32("Y", 1f, 2f));
        assertThat(failure(Request.of("wide", fp32("X", 1f, 2f, 3f))))
                .contains("in ensemble 'wide', ")
                .contains("unexpected shape for input 'X' for model 'narrow'. Expected [-1,2], got [1,3].");
    }

    @Test
    void realModelsGiveTheirRecordedOutputs() throws IOException {
        for (RecordedModels models : recorded) {
            for (RecordedModels.Case recordedCase : models.cases()) {
                List<Tensor> outputs = success(recordedCase.request()).outputs();
                for (Tensor expected : recordedCase.expected()) {
                    String name = recordedCase.name() + " " + expected.name();
                    assertThat(outputs)
                            .as(name)
                            .filteredOn(output -> output.name().equals(expected.name()))
                            .singleElement()
                            .satisfies(output -> RecordedModels.assertAgree(name, expected, output));
                }
            }
        }
    }

    @Test
    void carriesEveryDatatypeBitForBit() {
        for (String type : datatypes()) {
            byte[] data = type.equals("BYTES")
                    ? Elements.bytes(type, List.of("", "a\u0000b", "h\u00e9 \"quoted\" \\ \n \u4e16 \ud83d\ude00"))
                    : pattern(type);
            long elements = type.equals("BYTES") ? 3 : data.length / Elements.size(type);
            Tensor input = new Tensor("INPUT0", type, List.of(1L, elements), data);

            Tensor output = success(Request.of("echo_" + type, input)).outputs().getFirst();

            assertThat(output.name()).isEqualTo("OUTPUT0");
            assertThat(output.datatype()).isEqualTo(type);
            assertThat(output.shape()).isEqualTo(input.shape());
            assertThat(output.data()).as(type).isEqualTo(data);
        }
    }

    /** Bytes that make finite numbers of either sign, or truth values. */
    private static byte[] pattern(String type) {
        byte[] data = new byte[48];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (type.equals("BOOL") ? i % 3 == 0 ? 1 : 0 : i * 37 % 113 - (i % 8 == 7 ? 80 : 0));
        }
        return data;
    }

    @Test
    void saysWhichModelAndRequestAnAnswerIsOf() {
        Answer.Success answer = success(pair().withId("request \u00e9 7").withVersion("2"));

        assertThat(answer.model()).isEqualTo("pair");
        assertThat(answer.version()).isEqualTo("2");
        assertThat(answer.id()).isEqualTo("request \u00e9 7");
    }

    @Test
    void answersEveryOutputWhereNoneIsNamed() {
        assertThat(success(pair()).outputs()).extracting(Tensor::name).containsExactly("X", "Y");
    }

    @Test
    void answersOnlyTheOutputsThatAreNamed() {
        assertThat(success(pair().want(new Wanted("Y", 0))).outputs())
                .extracting(Tensor::name)
                .containsExactly("Y");
    }

    @Test
    void answersBatches() {
        Tensor input = int32("INPUT0", 3, 1, 2, 3, 4, 5, 6);

        Tensor output = success(Request.of("echo_INT32", input)).outputs().getFirst();

        assertThat(output.shape()).containsExactly(3L, 2L);
        assertThat(output.data()).isEqualTo(input.data());
    }

    @Test
    void answersTensorsWithoutElements() {
        Tensor input = new Tensor("INPUT0", "FP32", List.of(2L, 0L), new byte[0]);

        Tensor output = success(Request.of("echo_FP32", input)).outputs().getFirst();

        assertThat(output.shape()).containsExactly(2L, 0L);
        assertThat(output.data()).isEmpty();
    }

    @Test
    void classifiesAnOutput() {
        Request request =
                Request.of("echo_FP32", fp32("INPUT0", 0.25f, 4f, -1f, 2f)).want(new Wanted("OUTPUT0", 2));

        Tensor output = success(request).outputs().getFirst();

        assertThat(output.datatype()).isEqualTo("BYTES");
        assertThat(output.shape()).containsExactly(1L, 2L);
        assertThat(new String(output.data(), StandardCharsets.UTF_8))
                .contains("4.000000:1")
                .contains("2.000000:3");
    }

    @Test
    void doesNotKnowOtherModels() {
        assertThat(failure(Request.of("nobody", int32("INPUT0", 1, 1))))
                .isEqualTo("Request for unknown model: 'nobody' is not found");
    }

    @Test
    void doesNotKnowOtherVersions() {
        assertThat(failure(pair().withVersion("1")))
                .isEqualTo("Request for unknown model: 'pair' version 1 is not found");
    }

    @Test
    void wantsEveryInput() {
        assertThat(failure(Request.of("pair", int32("A", 1, 1)).withId("r")))
                .isEqualTo(
                        "[request id: r] expected 2 inputs but got 1 inputs for model 'pair'. Got input(s) ['A'], but "
                                + "missing required input(s) ['B']. Please provide all required input(s).");
    }

    @Test
    void wantsNoOtherInputs() {
        assertThat(failure(Request.of("echo_INT32", int32("INPUT9", 1, 1))))
                .isEqualTo("unexpected inference input 'INPUT9' for model 'echo_INT32'");
    }

    @Test
    void wantsNoInputTwice() {
        assertThat(failure(Request.of("pair", int32("A", 1, 1), int32("A", 1, 1))))
                .isEqualTo("[request id: <id_unknown>] input 'A' already exists in request");
    }

    @Test
    void knowsOnlyTheModelsOutputs() {
        assertThat(failure(pair().want(new Wanted("Z", 0))))
                .isEqualTo("unexpected inference output 'Z' for model 'pair'");
    }

    @Test
    void comparesDatatypes() {
        assertThat(failure(Request.of("echo_INT32", fp32("INPUT0", 1f))))
                .isEqualTo("[request id: <id_unknown>] inference input 'INPUT0' data-type is 'FP32', but model "
                        + "'echo_INT32' expects 'INT32'");
    }

    @Test
    void comparesShapes() {
        Tensor flat = new Tensor("INPUT0", "INT32", List.of(2L), Elements.bytes("INT32", List.of(1, 2)));

        assertThat(failure(Request.of("echo_INT32", flat)))
                .startsWith("[request id: <id_unknown>] unexpected shape for input 'INPUT0' for model 'echo_INT32'. "
                        + "Expected [-1,-1], got [2]. NOTE: ");
    }

    @Test
    void comparesBatchSizesOfInputs() {
        assertThat(failure(Request.of("pair", int32("A", 2, 1, 2), fp32("B", 1f))))
                .isEqualTo("[request id: <id_unknown>] input 'A' batch size does not match other inputs for 'pair'");
    }

    @Test
    void refusesBatchesAboveTheModelsMaximum() {
        assertThat(failure(Request.of("echo_INT32", int32("INPUT0", 9, 1, 2, 3, 4, 5, 6, 7, 8, 9))))
                .isEqualTo("[request id: <id_unknown>] inference request batch-size must be <= 8 for 'echo_INT32'");
    }
}
