package dev.nereid.bench.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Inputs of one model, and what ONNX Runtime answers to them on one thread. The inputs are floats below 1 of a fixed seed, pages with
 * lines, a sentence whose later rows are shorter, states of zeros. A case named {@code stream<N>} is N steps, of which each gets the
 * state that the one before has left; its frames and outputs lie one behind the other.
 *
 * @param shapes of inputs, by name; others have the shape that the file gives
 */
record RecordedCase(String model, String name, Map<String, long[]> shapes) {
    private static final long SEED = 2026;
    private static final long FIRST_TOKEN = 101;
    private static final long LAST_TOKEN = 102;

    /** "The quick brown fox jumps over the lazy dog." */
    private static final long[] WORDS = {1996, 4248, 2829, 4419, 14523, 2058, 1996, 13971, 3899, 1012};

    private static final long SAMPLE_RATE = 16_000;
    private static final String STREAM = "stream";
    private static final String STATE = "state";
    private static final String PAGE = "x";
    private static final String NEXT_STATE = "stateN";
    /** What a stream has once: the first state, the sample rate, the last state. */
    private static final Set<String> ONCE = Set.of(STATE, "sr", NEXT_STATE);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The elements of a tensor, little-endian. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Recorded(String datatype, long[] shape, ByteBuffer elements) {
        static Recorded allocate(TensorInfo info, long[] shape) {
            int bytes = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact) * info.type.size);
            return new Recorded(
                    OrtTypes.of(info.type).protocolName(),
                    shape,
                    ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    /** Writes {@code case.json} and a file for each tensor into {@code folder}; the description last. */
    void record(Path file, Path folder) throws IOException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, Recorded> inputs = new LinkedHashMap<>();
        Map<String, Recorded> outputs = new LinkedHashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            try (OrtSession session = environment.createSession(file.toString(), options)) {
                int steps = name.startsWith(STREAM) ? Integer.parseInt(name.substring(STREAM.length())) : 1;
                Random random = new Random(SEED);
                Map<String, Recorded> before = Map.of();
                for (int step = 0; step < steps; step++) {
                    Map<String, Recorded> given = inputs(session, random, before);
                    before = run(environment, session, given);
                    append(inputs, given);
                    append(outputs, before);
                }
                Optional.ofNullable(before.get(NEXT_STATE)).ifPresent(state -> outputs.put(NEXT_STATE, state));
            }
        } catch (OrtException e) {
            throw new IOException("ONNX Runtime cannot run " + file + ": " + e.getMessage(), e);
        }
        ObjectNode json = JSON.createObjectNode();
        json.put("note", "inputs made of a fixed seed, outputs of ONNX Runtime " + environment.getVersion());
        write(json.putArray("inputs"), "in_", inputs, folder);
        write(json.putArray("outputs"), "out_", outputs, folder);
        JSON.writeValue(folder.resolve("case.json").toFile(), json);
    }

    private Map<String, Recorded> inputs(OrtSession session, Random random, Map<String, Recorded> before)
            throws OrtException {
        Map<String, Recorded> inputs = new LinkedHashMap<>();
        for (NodeInfo input : session.getInputInfo().values()) {
            if (!(input.getInfo() instanceof TensorInfo info)) {
                throw new IllegalStateException("input '" + input.getName() + "' is no tensor");
            }
            Recorded state = before.get(NEXT_STATE);
            if (input.getName().equals(STATE) && state != null) {
                inputs.put(STATE, state);
                continue;
            }
            Recorded tensor = Recorded.allocate(info, shapes.getOrDefault(input.getName(), info.getShape()));
            fill(input.getName(), tensor, random);
            inputs.put(input.getName(), tensor);
        }
        return inputs;
    }

    private static void fill(String input, Recorded tensor, Random random) {
        ByteBuffer elements = tensor.elements();
        long columns = tensor.shape()[tensor.shape().length - 1];
        for (int i = 0; elements.hasRemaining(); i++) {
            switch (tensor.datatype()) {
                case "FP32" -> elements.putFloat(number(input, tensor.shape(), i, random));
                case "INT64" -> elements.putLong(integer(input, i / columns, i % columns, columns));
                default -> throw new IllegalStateException("input '" + input + "' is " + tensor.datatype());
            }
        }
        elements.rewind();
    }

    private static float number(String input, long[] shape, int i, Random random) {
        if (input.equals(STATE)) {
            return 0;
        }
        if (input.equals(PAGE)) {
            // White, with lines of black strokes, each 3 pixels wide and 16 high.
            long column = i % shape[3];
            long row = i / shape[3] % shape[2];
            boolean line = row % 40 >= 12 && row % 40 < 28 && column > 20 && column < shape[3] - 20;
            return line && (column % 12 < 3 || (row % 40 == 12 && column % 12 < 9)) ? -2 : 2;
        }
        return random.nextFloat();
    }

    private static long integer(String input, long row, long column, long columns) {
        long length = columns - row;
        return switch (input) {
            case "sr" -> SAMPLE_RATE;
            case "token_type_ids" -> 0;
            case "attention_mask" -> column < length ? 1 : 0;
            default -> token(row, column, length);
        };
    }

    /** A text in the vocabulary of BERT; that of each row begins at another word. */
    private static long token(long row, long column, long length) {
        if (column >= length) {
            return 0;
        }
        return column == 0
                ? FIRST_TOKEN
                : column == length - 1 ? LAST_TOKEN : WORDS[(int) ((column - 1 + row) % WORDS.length)];
    }

    private static Map<String, Recorded> run(
            OrtEnvironment environment, OrtSession session, Map<String, Recorded> inputs) throws OrtException {
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Recorded> input : inputs.entrySet()) {
                Recorded tensor = input.getValue();
                TensorInfo info = (TensorInfo)
                        Objects.requireNonNull(session.getInputInfo().get(input.getKey()))
                                .getInfo();
                // Recorded scalars have one dim, as in requests.
                long[] shape = info.getShape().length == 0 ? new long[0] : tensor.shape();
                tensors.put(input.getKey(), OnnxTensor.createTensor(environment, tensor.elements(), shape, info.type));
            }
            Map<String, Recorded> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(tensors)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    if (!(output.getValue() instanceof OnnxTensor tensor)) {
                        throw new IllegalStateException("output '" + output.getKey() + "' is no tensor");
                    }
                    Recorded copy =
                            Recorded.allocate(tensor.getInfo(), tensor.getInfo().getShape());
                    copy.elements().put(tensor.getByteBuffer()).rewind();
                    outputs.put(output.getKey(), copy);
                }
            }
            return outputs;
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    /** Adds the rows of a step behind those of the steps before. */
    private static void append(Map<String, Recorded> all, Map<String, Recorded> step) {
        step.forEach((tensor, rows) ->
                all.merge(tensor, rows, (before, next) -> ONCE.contains(tensor) ? before : joined(before, next)));
    }

    private static Recorded joined(Recorded before, Recorded next) {
        long[] shape = before.shape().clone();
        shape[0] += next.shape()[0];
        ByteBuffer elements = ByteBuffer.allocateDirect(
                        before.elements().capacity() + next.elements().capacity())
                .order(ByteOrder.LITTLE_ENDIAN);
        elements.put(before.elements().duplicate())
                .put(next.elements().duplicate())
                .rewind();
        return new Recorded(before.datatype(), shape, elements);
    }

    private static void write(ArrayNode list, String prefix, Map<String, Recorded> tensors, Path folder)
            throws IOException {
        for (Map.Entry<String, Recorded> tensor : tensors.entrySet()) {
            String file = prefix + list.size() + ".bin";
            byte[] bytes = new byte[tensor.getValue().elements().capacity()];
            tensor.getValue().elements().duplicate().get(bytes);
            Files.write(folder.resolve(file), bytes);
            ObjectNode entry = list.addObject()
                    .put("name", tensor.getKey())
                    .put("datatype", tensor.getValue().datatype());
            ArrayNode shape = entry.putArray("shape");
            Arrays.stream(tensor.getValue().shape()).forEach(shape::add);
            entry.put("file", file);
        }
    }
}
