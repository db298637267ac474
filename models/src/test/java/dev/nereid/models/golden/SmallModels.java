package dev.nereid.models.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.execute.RunResult;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Models of a few KB with random weights of a fixed seed, in folders like those of real models with recorded outputs, so that the
 * tests of those have cases without any test data. Expected outputs are what the scalar kernels compute of the model as its file has
 * it.
 */
public final class SmallModels {
    /** Two convolutions and a classifier: image [batch, 3, 12, 12] to probabilities [batch, 10]. */
    static final String IMAGES = "small-images";

    /** An encoder of one layer: ids and mask [batch, tokens] to embeddings [batch, tokens, 16]. */
    static final String TEXTS = "small-texts";

    /** One step of an LSTM that hands its state on: input [batch, 8], state [2, batch, 16] to output [batch, 1], stateN. */
    static final String STREAM = "small-stream";

    static final Set<String> NAMES = Set.of(IMAGES, TEXTS, STREAM);

    /** A sentence model whose file comes as a resource of a test dependency. */
    private static final String SENTENCES = "minilm-l6-v2-fp32";

    private static final int FRAME = 8;
    private static final int FRAMES = 20;

    private static final int WIDTH = 16;
    private static final int VOCABULARY = 50;
    private static final int TOKENS = 7;
    private static final int CHANNELS = 12;
    private static final int SIDE = 12;
    private static final int CLASSES = 10;
    private static final long SEED = 7;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Random random = new Random(SEED);
    private final Path root;

    private SmallModels(Path root) {
        this.root = root;
    }

    /** Writes all models, each into a folder of its name below {@code root}; answers these folders. */
    public static List<Path> write(Path root) throws IOException {
        SmallModels models = new SmallModels(root);
        return List.of(models.images(), models.texts(), models.stream());
    }

    /** Writes {@link #STREAM} alone, with a case of 20 frames. */
    static Path writeStream(Path root) throws IOException {
        return new SmallModels(root).stream();
    }

    /**
     * Folders of the sentence model: one below {@code root}, with the outputs of the scalar kernels for a few tokens, and one with
     * those of ONNX Runtime where there is test data.
     */
    static List<Path> sentences(Path root) throws IOException {
        List<Path> folders = new ArrayList<>();
        folders.add(new SmallModels(root).sentences());
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED outputs of ONNX Runtime for " + SENTENCES + ": NEREID_TEST_DATA is not set");
        } else {
            folders.addAll(GoldenModelsTest.real(data, List.of(SENTENCES), "outputs of ONNX Runtime"));
        }
        return folders;
    }

    private Path sentences() throws IOException {
        Path folder = Files.createDirectories(root.resolve(SENTENCES));
        Path file = GoldenModelsTest.file(folder, folder);
        Map<String, Tensor> inputs = Map.of(
                "input_ids", ids(2), "attention_mask", mask(2), "token_type_ids", integers(2, new long[2 * TOKENS]));
        record(folder, file, "b2", inputs);
        return folder;
    }

    private Path images() throws IOException {
        GraphWriter graph = new GraphWriter(IMAGES)
                .input("image", TensorProto.DataType.FLOAT, "batch", "3", "12", "12")
                .output("probabilities", TensorProto.DataType.FLOAT, "batch", "10")
                .constant("filters", List.of(CHANNELS, 3, 3, 3), weights(CHANNELS * 27))
                .constant("bias", List.of(CHANNELS), weights(CHANNELS))
                .constant("depthwise", List.of(CHANNELS, 1, 3, 3), weights(CHANNELS * 9))
                .constant("classes", List.of(CHANNELS, CLASSES), weights(CHANNELS * CLASSES))
                .node("Conv", "convolved", "image", "filters", "bias")
                .integers("pads", 1, 1, 1, 1)
                .node("Relu", "activated", "convolved")
                .node("Conv", "filtered", "activated", "depthwise")
                .integer("group", CHANNELS)
                .node("Clip", "clipped", "filtered")
                .node("MaxPool", "pooled", "clipped")
                .integers("kernel_shape", 2, 2)
                .integers("strides", 2, 2)
                .node("GlobalAveragePool", "average", "pooled")
                .node("Flatten", "features", "average")
                .node("MatMul", "scores", "features", "classes")
                .node("Softmax", "probabilities", "scores");
        Path folder = folder(graph, IMAGES);
        for (int batch : new int[] {1, BatchRows.RECORDED}) {
            record(folder, "b" + batch, Map.of("image", floats(batch, 3, SIDE, SIDE)));
        }
        return folder;
    }

    private Path texts() throws IOException {
        GraphWriter graph = new GraphWriter(TEXTS)
                .input("input_ids", TensorProto.DataType.INT64, "batch", "tokens")
                .input("attention_mask", TensorProto.DataType.INT64, "batch", "tokens")
                .output("embeddings", TensorProto.DataType.FLOAT, "batch", "tokens", "16")
                .constant("vocabulary", List.of(VOCABULARY, WIDTH), weights(VOCABULARY * WIDTH))
                .constant("queries", List.of(WIDTH, WIDTH), weights(WIDTH * WIDTH))
                .constant("keys", List.of(WIDTH, WIDTH), weights(WIDTH * WIDTH))
                .constant("values", List.of(WIDTH, WIDTH), weights(WIDTH * WIDTH))
                .constant("scale", List.of(WIDTH), weights(WIDTH))
                .constant("shift", List.of(WIDTH), weights(WIDTH))
                .constant("one", List.of(), 1)
                .constant("lowest", List.of(), -10_000)
                .constant("axes", 1)
                .node("Gather", "words", "vocabulary", "input_ids")
                .node("LayerNormalization", "normal", "words", "scale", "shift")
                .node("MatMul", "q", "normal", "queries")
                .node("MatMul", "k", "normal", "keys")
                .node("MatMul", "v", "normal", "values")
                .node("Transpose", "kt", "k")
                .integers("perm", 0, 2, 1)
                .node("MatMul", "scores", "q", "kt")
                .cast("mask", "attention_mask", TensorProto.DataType.FLOAT)
                .node("Unsqueeze", "wide_mask", "mask", "axes")
                .node("Sub", "hidden", "one", "wide_mask")
                .node("Mul", "penalty", "hidden", "lowest")
                .node("Add", "masked", "scores", "penalty")
                .node("Softmax", "shares", "masked")
                .node("MatMul", "attended", "shares", "v")
                .node("Add", "embeddings", "attended", "normal");
        Path folder = folder(graph, TEXTS);
        for (int batch : new int[] {1, BatchRows.RECORDED}) {
            record(folder, "b" + batch, Map.of("input_ids", ids(batch), "attention_mask", mask(batch)));
        }
        return folder;
    }

    private Path stream() throws IOException {
        GraphWriter graph = new GraphWriter(STREAM)
                .input("input", TensorProto.DataType.FLOAT, "batch", "8")
                .input("state", TensorProto.DataType.FLOAT, "2", "batch", "16")
                .output("output", TensorProto.DataType.FLOAT, "batch", "1")
                .output("stateN", TensorProto.DataType.FLOAT, "2", "batch", "16")
                .constant("w", List.of(1, 4 * WIDTH, FRAME), weights(4 * WIDTH * FRAME))
                .constant("r", List.of(1, 4 * WIDTH, WIDTH), weights(4 * WIDTH * WIDTH))
                .constant("weights", List.of(WIDTH, 1), weights(WIDTH))
                .constant("first", 0)
                .constant("second", 1)
                .constant("third", 2)
                .node("Unsqueeze", "sequence", "input", "first")
                .node("Slice", "h", "state", "first", "second", "first")
                .node("Slice", "c", "state", "second", "third", "first")
                .node("LSTM", List.of("", "hn", "cn"), "sequence", "w", "r", "", "", "h", "c")
                .integer("hidden_size", WIDTH)
                .node("Concat", "stateN", "hn", "cn")
                .integer("axis", 0)
                .node("Squeeze", "last", "hn", "first")
                .node("MatMul", "score", "last", "weights")
                .node("Sigmoid", "output", "score");
        Path folder = folder(graph, STREAM);
        for (int batch : new int[] {1, BatchRows.RECORDED}) {
            record(folder, "b" + batch, Map.of("input", floats(batch, FRAME), "state", floats(2, batch, WIDTH)));
        }
        recordStream(folder);
        return folder;
    }

    private double[] weights(int count) {
        return random.doubles(count, -0.5, 0.5).toArray();
    }

    private Tensor floats(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return Tensor.of(DataType.FP32, shape, segment(MemorySegment.ofArray(values)));
    }

    private Tensor ids(int batch) {
        return integers(
                batch, random.longs((long) batch * TOKENS, 0, VOCABULARY).toArray());
    }

    /** Texts of several lengths, padded at their ends. */
    private static Tensor mask(int batch) {
        return integers(
                batch,
                IntStream.range(0, batch * TOKENS)
                        .mapToLong(i -> i % TOKENS < TOKENS - i / TOKENS % 3 ? 1 : 0)
                        .toArray());
    }

    private static Tensor integers(int batch, long[] values) {
        return Tensor.of(DataType.INT64, Shape.of(batch, TOKENS), segment(MemorySegment.ofArray(values)));
    }

    private static MemorySegment segment(MemorySegment values) {
        return Arena.ofAuto().allocate(values.byteSize(), 64).copyFrom(values);
    }

    private Path folder(GraphWriter graph, String name) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        Files.write(folder.resolve("model.onnx"), graph.model().toByteArray());
        return folder;
    }

    /** Writes a case with the outputs that the scalar kernels give. */
    private static void record(Path folder, String name, Map<String, Tensor> inputs) throws IOException {
        record(folder, folder.resolve("model.onnx"), name, inputs);
    }

    private static void record(Path folder, Path file, String name, Map<String, Tensor> inputs) throws IOException {
        try (SlabPool memory = new SlabPool(1 << 24);
                LoadedModel model = oracle(file, memory)) {
            writeCase(folder, name, inputs, run(model, inputs));
        }
    }

    /** As {@link #record}, each frame's state the one that the frame before has left; outputs are those of all frames. */
    private void recordStream(Path folder) throws IOException {
        Tensor frames = floats(FRAMES, FRAME);
        Tensor start = floats(2, 1, WIDTH);
        float[] output = new float[FRAMES];
        Tensor state = start;
        try (SlabPool memory = new SlabPool(1 << 24);
                LoadedModel model = oracle(folder.resolve("model.onnx"), memory)) {
            for (int frame = 0; frame < FRAMES; frame++) {
                long bytes = (long) FRAME * Float.BYTES;
                Tensor input = Tensor.of(
                        DataType.FP32, Shape.of(1, FRAME), frames.segment().asSlice(frame * bytes, bytes));
                Map<String, Tensor> outputs = run(model, Map.of("input", input, "state", state));
                output[frame] = get(outputs, "output").segment().get(ValueLayout.JAVA_FLOAT, 0);
                state = get(outputs, "stateN");
            }
        }
        Tensor outputs = Tensor.of(DataType.FP32, Shape.of(FRAMES, 1), segment(MemorySegment.ofArray(output)));
        writeCase(
                folder,
                "stream" + FRAMES,
                Map.of("input", frames, "state", start),
                Map.of("output", outputs, "stateN", state));
    }

    private static LoadedModel oracle(Path file, SlabPool memory) {
        return ModelLoader.load(file, LoadOptions.UNOPTIMIZED, KernelSet.scalar(), memory);
    }

    private static Map<String, Tensor> run(LoadedModel model, Map<String, Tensor> inputs) {
        List<Tensor> tensors =
                model.inputs().stream().map(port -> get(inputs, port.name())).toList();
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        try (RunResult result = model.run(tensors, Workers.single())) {
            for (int i = 0; i < model.outputs().size(); i++) {
                Tensor output = result.outputs().get(i);
                outputs.put(
                        model.outputs().get(i).name(),
                        Tensor.of(
                                output.dataType(),
                                output.shape(),
                                segment(output.segment().asSlice(0, output.byteSize()))));
            }
        }
        return outputs;
    }

    private static Tensor get(Map<String, Tensor> tensors, String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor '" + name + "'");
        }
        return tensor;
    }

    private static void writeCase(Path model, String name, Map<String, Tensor> inputs, Map<String, Tensor> outputs)
            throws IOException {
        Path folder = Files.createDirectories(model.resolve("golden").resolve(name));
        ObjectNode json = JSON.createObjectNode();
        json.set("inputs", write(folder, inputs));
        json.set("outputs", write(folder, outputs));
        JSON.writeValue(folder.resolve("case.json").toFile(), json);
    }

    private static ArrayNode write(Path folder, Map<String, Tensor> tensors) {
        ArrayNode list = JSON.createArrayNode();
        List<String> names = new ArrayList<>(tensors.keySet());
        for (String name : names.stream().sorted().toList()) {
            Tensor tensor = get(tensors, name);
            String file = name + ".bin";
            try {
                Files.write(
                        folder.resolve(file),
                        tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + file, e);
            }
            ObjectNode entry = list.addObject();
            entry.put("name", name)
                    .put("datatype", tensor.dataType().protocolName())
                    .put("file", file);
            ArrayNode shape = entry.putArray("shape");
            for (int axis = 0; axis < tensor.shape().rank(); axis++) {
                shape.add(tensor.shape().dim(axis));
            }
        }
        return list;
    }
}
