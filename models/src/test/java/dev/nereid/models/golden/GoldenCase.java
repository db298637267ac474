package dev.nereid.models.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.LoadedModel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Recorded inputs and outputs of one model: {@code golden/<case>/case.json} with raw little-endian files, or with numbers. */
public record GoldenCase(String name, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
    /** Every case of a model's folder but those that carry state over many steps. */
    public static List<GoldenCase> of(Path modelFolder, Arena arena) {
        try (Stream<Path> folders = Files.list(modelFolder.resolve("golden"))) {
            List<GoldenCase> cases = new ArrayList<>();
            for (Path folder : folders.sorted().toList()) {
                if (!folder.getFileName().toString().startsWith("stream")) {
                    cases.add(read(folder, arena));
                }
            }
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the golden cases of " + modelFolder, e);
        }
    }

    /** One case. */
    public static GoldenCase read(Path folder, Arena arena) throws IOException {
        JsonNode json = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
        return new GoldenCase(
                folder.getFileName().toString(),
                tensors(json.get("inputs"), folder, arena),
                tensors(json.get("outputs"), folder, arena));
    }

    /** What a model is given; recorded scalars have one dim, as in requests. */
    public Tensor input(LoadedModel.Port port) {
        Tensor tensor = Objects.requireNonNull(inputs.get(port.name()), port.name());
        boolean scalar = port.type().hasRank() && port.type().rank() == 0;
        return scalar ? tensor.withShape(Shape.SCALAR) : tensor;
    }

    private static Map<String, Tensor> tensors(JsonNode list, Path folder, Arena arena) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (JsonNode entry : list) {
            long[] dims = new long[entry.get("shape").size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = entry.get("shape").get(axis).asLong();
            }
            DataType type =
                    DataType.ofProtocolName(entry.get("datatype").asText()).orElseThrow();
            byte[] bytes = entry.has("values")
                    ? bytes(type, entry.get("values"))
                    : Files.readAllBytes(folder.resolve(entry.get("file").asText()));
            String name = entry.get("name").asText();
            if (tensors.put(name, tensor(type, Shape.of(dims), bytes, arena)) != null) {
                throw new IllegalArgumentException(folder + ": two tensors are named '" + name + "'");
            }
        }
        return tensors;
    }

    private static Tensor tensor(DataType type, Shape shape, byte[] bytes, Arena arena) {
        if (type == DataType.STRING) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            byte[][] strings = new byte[Math.toIntExact(shape.elements())][];
            for (int i = 0; i < strings.length; i++) {
                strings[i] = new byte[buffer.getInt()];
                buffer.get(strings[i]);
            }
            return Tensor.ofStrings(shape, strings);
        }
        MemorySegment memory = arena.allocate(Math.max(1, bytes.length), 64);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return Tensor.of(type, shape, memory);
    }

    /** The numbers of a small tensor, which the file has as numbers. */
    private static byte[] bytes(DataType type, JsonNode numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode number : numbers) {
            switch (type) {
                case FP32 -> bytes.putFloat((float) number.asDouble());
                case FP64 -> bytes.putDouble(number.asDouble());
                case INT64 -> bytes.putLong(number.asLong());
                case INT32 -> bytes.putInt(number.asInt());
                case BOOL -> bytes.put((byte) (number.asBoolean() ? 1 : 0));
                default -> throw new IllegalArgumentException("numbers of " + type);
            }
        }
        return bytes.array();
    }
}
