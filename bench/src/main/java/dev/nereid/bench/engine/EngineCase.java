package dev.nereid.bench.engine;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One model with one set of inputs.
 *
 * @param shapes the shape of each input, by name; inputs that are not named take 1 for every open dim
 * @param contents files with the elements of inputs, by name; other inputs are made up
 */
public record EngineCase(String model, String name, Path file, Map<String, Shape> shapes, Map<String, Path> contents) {
    private static final long SEED = 20_26;

    /** Token ids stay below every vocabulary's size. */
    private static final int LARGEST_TOKEN = 2000;

    public EngineCase {
        shapes = Map.copyOf(shapes);
        contents = Map.copyOf(contents);
    }

    /** Model and case, for logs. */
    String label() {
        return model + "/" + name;
    }

    /** The inputs by name, equal in every process: what the files hold, else small floats, token ids, masks of ones. */
    Map<String, Tensor> inputs(List<InputPort> wanted, Arena arena) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (InputPort input : wanted) {
            Shape shape = shapes.getOrDefault(input.name(), input.shape());
            MemorySegment memory = arena.allocate(
                    Math.max(1, shape.elements() * input.dataType().bytes()), 64);
            Path content = contents.get(input.name());
            if (content == null) {
                Random random = new Random(SEED + input.name().hashCode());
                for (int i = 0; i < shape.elements(); i++) {
                    fill(memory, i, input, random);
                }
            } else {
                read(content, memory);
            }
            tensors.put(input.name(), Tensor.of(input.dataType(), shape, memory));
        }
        return tensors;
    }

    private static void read(Path content, MemorySegment memory) {
        try {
            MemorySegment.copy(MemorySegment.ofArray(Files.readAllBytes(content)), 0, memory, 0, Files.size(content));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the input " + content, e);
        }
    }

    private static void fill(MemorySegment memory, int i, InputPort input, Random random) {
        DataType type = input.dataType();
        boolean mask = input.name().contains("mask");
        long integer = mask ? 1 : input.name().contains("type") ? 0 : random.nextInt(1, LARGEST_TOKEN);
        switch (type) {
            case FP32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
            case FP64 -> memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble());
            case FP16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(random.nextFloat()));
            case INT64, UINT64 -> memory.setAtIndex(ValueLayout.JAVA_LONG, i, integer);
            case INT32, UINT32 -> memory.setAtIndex(ValueLayout.JAVA_INT, i, (int) integer % 100);
            case INT16, UINT16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (integer % 100));
            case INT8, UINT8 -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) (integer % 100));
            case BOOL -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) (integer % 2));
            default ->
                throw new IllegalArgumentException(
                        "input '" + input.name() + "': no values can be made up for " + type.protocolName());
        }
    }
}
