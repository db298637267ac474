package dev.nereid.server.commands;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A command that calls a model, made from the model's metadata and tried on it: it works when pasted into a shell. */
final class CurlExample {
    private static final long MOST_ELEMENTS = 64;

    /** Models that are tried, the smallest first, and how long that may take; a run that has begun is not cut short. */
    private static final int MOST_MODELS = 4;

    private static final long MOST_NANOS = 1_000_000_000;

    private static final Set<DataType> NOT_IN_JSON = Set.of(DataType.FP16, DataType.BF16);

    /** What stands for dims of any size: the first, which is a batch where there is one, and the others. */
    private record Extents(long first, long others) {}

    private static final List<Extents> EXTENTS =
            List.of(new Extents(1, 1), new Extents(1, 8), new Extents(8, 8), new Extents(1, 16), new Extents(1, 32));

    private CurlExample() {}

    /**
     * The command for the model with the least to type. Blocks while models are tried.
     *
     * @param host name or address and port of the HTTP front, or its Unix domain socket
     * @return empty where no model is small enough for a line and has answered such a request
     */
    static Optional<String> of(List<Model> models, String host, Dialect dialect) {
        long start = System.nanoTime();
        return models.stream()
                .filter(model -> smallest(model.inputs()) <= MOST_ELEMENTS && answersOneRequest(model))
                .filter(model -> dialect != Dialect.TRITON
                        || Stream.concat(model.inputs().stream(), model.outputs().stream())
                                .noneMatch(tensor -> NOT_IN_JSON.contains(tensor.dataType())))
                .sorted(Comparator.comparingLong((Model model) -> smallest(model.inputs()) + smallest(model.outputs()))
                        .thenComparing(Model::name))
                .limit(MOST_MODELS)
                .takeWhile(_ -> System.nanoTime() - start < MOST_NANOS)
                .flatMap(model -> inputs(model)
                        .takeWhile(_ -> System.nanoTime() - start < MOST_NANOS)
                        .filter(inputs -> answers(model, inputs))
                        .map(inputs -> command(model.name(), inputs, host)))
                .findFirst();
    }

    /** Whether a request needs nothing but inputs: no sequence to belong to, and one response to it. */
    private static boolean answersOneRequest(Model model) {
        return !model.config().hasSequenceBatching() && !model.decoupled();
    }

    /** What the model's inputs may be, the smallest first. */
    private static Stream<List<TensorMetadata>> inputs(Model model) {
        boolean batch = model.config().getMaxBatchSize() > 0;
        return EXTENTS.stream()
                .map(extents -> model.inputs().stream()
                        .map(input -> sized(input, batch ? new Extents(1, extents.others()) : extents))
                        .toList())
                .distinct()
                .filter(inputs -> smallest(inputs) <= MOST_ELEMENTS);
    }

    private static TensorMetadata sized(TensorMetadata input, Extents extents) {
        List<Long> shape = new ArrayList<>();
        for (long dim : input.shape()) {
            shape.add(dim >= 0 ? dim : shape.isEmpty() ? extents.first() : extents.others());
        }
        return new TensorMetadata(input.name(), input.dataType(), shape);
    }

    private static boolean answers(Model model, List<TensorMetadata> inputs) {
        List<NativeMemory> memory = new ArrayList<>();
        try {
            InferRequest request = new InferRequest(
                    InferRequest.Header.of(model.name(), "", ""),
                    inputs.stream()
                            .map(input -> new InputTensor(input.name(), tensor(input, memory)))
                            .toList(),
                    List.of(),
                    List.of(),
                    System.nanoTime());
            return model.wouldAnswer(request);
        } finally {
            memory.forEach(NativeMemory::close);
        }
    }

    /** The tensor that {@link #input} writes as JSON: of ones. */
    private static Tensor tensor(TensorMetadata input, List<NativeMemory> memory) {
        Shape shape = Shape.of(input.shape().stream().mapToLong(Long::longValue).toArray());
        DataType type = input.dataType();
        if (type == DataType.STRING) {
            byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
            Arrays.fill(elements, "1".getBytes(StandardCharsets.UTF_8));
            return Tensor.ofStrings(shape, elements);
        }
        NativeMemory block = NativeMemory.allocate(Math.max(shape.elements() * type.bytes(), 1));
        memory.add(block);
        MemorySegment bytes = block.segment();
        for (long i = 0; i < shape.elements(); i++) {
            switch (type) {
                case FP32 -> bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
                case FP64 -> bytes.setAtIndex(ValueLayout.JAVA_DOUBLE, i, 1);
                case FP16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(1));
                case BF16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits(1) >>> 16));
                default -> bytes.set(ValueLayout.JAVA_BYTE, i * type.bytes(), (byte) 1); // the lowest byte comes first
            }
        }
        return Tensor.of(type, shape, bytes);
    }

    /** @param inputs a dim of any size stands for 1 */
    static String command(String model, List<TensorMetadata> inputs, String host) {
        String body = inputs.stream().map(CurlExample::input).collect(Collectors.joining(",", "{\"inputs\":[", "]}"));
        String path = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
        return "curl -s " + server(host) + "/v2/models/" + path + "/infer -d '" + body.replace("'", "'\\''") + "'";
    }

    private static String server(String host) {
        return new BindAddress(host, 0)
                .socketFile()
                .map(file -> "--unix-socket " + file + " http://localhost")
                .orElse("http://" + host);
    }

    private static String input(TensorMetadata input) {
        String value = switch (input.dataType()) {
            case BOOL -> "true";
            case STRING -> "\"1\"";
            default -> "1";
        };
        String shape = input.shape().stream()
                .map(dim -> Long.toString(Math.abs(dim)))
                .collect(Collectors.joining(",", "[", "]"));
        String data = String.join(",", Collections.nCopies((int) elements(input), value));
        return "{\"name\":" + quoted(input.name()) + ",\"shape\":" + shape + ",\"datatype\":\""
                + input.dataType().protocolName() + "\",\"data\":[" + data + "]}";
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }

    /** Elements of all tensors, where a dim of any size is 1. */
    private static long smallest(List<TensorMetadata> tensors) {
        return tensors.stream().mapToLong(CurlExample::elements).sum();
    }

    private static long elements(TensorMetadata tensor) {
        return tensor.shape().stream().reduce(1L, (a, b) -> a * Math.abs(b));
    }
}
