package dev.nereid.bench.engine;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One model with one set of input shapes.
 *
 * @param shapes the shape of each input, by name; inputs that are not named take 1 for every open dim
 */
public record EngineCase(String model, String name, Path file, Map<String, Shape> shapes) {
    private static final long SEED = 20_26;

    /** Token ids stay below every vocabulary's size. */
    private static final int LARGEST_TOKEN = 2000;

    public EngineCase {
        shapes = Map.copyOf(shapes);
    }

    /** The inputs, equal in every process: small random floats, token ids, masks of ones. */
    List<Tensor> inputs(List<NereidEngine.Input> wanted, Arena arena) {
        Random random = new Random(SEED);
        List<Tensor> tensors = new ArrayList<>();
        for (NereidEngine.Input input : wanted) {
            Shape shape = shapes.getOrDefault(input.name(), input.shape());
            MemorySegment memory = arena.allocate(
                    Math.max(1, shape.elements() * input.dataType().bytes()), 64);
            for (int i = 0; i < shape.elements(); i++) {
                fill(memory, i, input, random);
            }
            tensors.add(Tensor.of(input.dataType(), shape, memory));
        }
        return tensors;
    }

    private static void fill(MemorySegment memory, int i, NereidEngine.Input input, Random random) {
        DataType type = input.dataType();
        boolean mask = input.name().contains("mask");
        long integer = mask ? 1 : input.name().contains("type") ? 0 : random.nextInt(1, LARGEST_TOKEN);
        switch (type) {
            case FP32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
            case FP64 -> memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble());
            case INT64, UINT64 -> memory.setAtIndex(ValueLayout.JAVA_LONG, i, integer);
            case INT32, UINT32 -> memory.setAtIndex(ValueLayout.JAVA_INT, i, (int) integer % 100);
            case INT8, UINT8, BOOL -> memory.set(ValueLayout.JAVA_BYTE, i, (byte) (integer % 2));
            default -> throw new IllegalArgumentException("no random values for an input of type " + type);
        }
    }
}
