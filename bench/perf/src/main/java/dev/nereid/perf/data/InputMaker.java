package dev.nereid.perf.data;

import dev.nereid.perf.model.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Makes tensors for a model's inputs: shapes from the model or from the user, contents from a file, at random or zero.
 *
 * @param shapes that the user gave for inputs, without the batch
 * @param batch copies of each element of a batch; 0 for a model without a batch
 * @param stringLength characters of a random string
 * @param text for all strings; empty for random ones
 */
public record InputMaker(
        Map<String, List<Long>> shapes, int batch, int stringLength, Optional<String> text, long seed) {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ";

    public InputMaker {
        shapes = Map.copyOf(shapes);
    }

    /** A request with random contents, the same for the same seed. */
    public InputSet.Step random(List<TensorSpec> inputs) {
        SplittableRandom random = new SplittableRandom(seed);
        List<InputTensor> tensors = new ArrayList<>();
        for (TensorSpec input : required(inputs)) {
            ElementType type = ElementType.of(input.datatype());
            List<Long> dims = dims(input);
            ByteBuffer bytes =
                    type == ElementType.BYTES ? strings(elements(dims), random) : numbers(type, elements(dims), random);
            tensors.add(tensor(input, dims, bytes));
        }
        return new InputSet.Step(tensors, 1);
    }

    /** A request with nothing but zeros and empty strings. */
    public InputSet.Step zeros(List<TensorSpec> inputs) {
        List<InputTensor> tensors = new ArrayList<>();
        for (TensorSpec input : required(inputs)) {
            List<Long> dims = dims(input);
            int bytes = Math.max(ElementType.of(input.datatype()).bytes(), 0);
            int width = bytes == 0 ? Integer.BYTES : bytes;
            tensors.add(tensor(input, dims, ByteBuffer.allocate(Math.multiplyExact(elements(dims), width))));
        }
        return new InputSet.Step(tensors, 1);
    }

    /** The shape of an input without the batch. */
    List<Long> dims(TensorSpec input) {
        List<Long> given = shapes.get(input.name());
        if (given == null && !input.isFixed()) {
            throw new IllegalArgumentException("input " + input.name()
                    + " contains dynamic shape, provide shapes to send along with the request: it is "
                    + Shapes.text(input.dims()) + ", give the lengths for -1 with --shape " + input.name() + ":1,2,3");
        }
        // Whether a shape that the user gave suits the model is for the server to say.
        return given == null ? input.dims() : given;
    }

    /** A tensor of {@code content} for one element of the batch, repeated for each. */
    InputTensor tensor(TensorSpec input, List<Long> dims, ByteBuffer content) {
        List<Long> shape = new ArrayList<>(dims);
        ByteBuffer all = content.rewind();
        if (batch > 0) {
            shape.addFirst((long) batch);
            all = ByteBuffer.allocate(Math.multiplyExact(content.capacity(), batch));
            for (int i = 0; i < batch; i++) {
                all.put(content.duplicate());
            }
            all.flip();
        }
        return new InputTensor(input.name(), input.datatype(), shape, all.asReadOnlyBuffer());
    }

    static List<TensorSpec> required(List<TensorSpec> inputs) {
        return inputs.stream().filter(input -> !input.optional()).toList();
    }

    static int elements(List<Long> dims) {
        long elements = 1;
        for (long dim : dims) {
            elements = Math.multiplyExact(elements, dim);
        }
        return Math.toIntExact(elements);
    }

    private static ByteBuffer numbers(ElementType type, int count, SplittableRandom random) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(count, type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            type.putRandom(bytes, random);
        }
        return bytes;
    }

    private ByteBuffer strings(int count, SplittableRandom random) {
        List<byte[]> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            strings.add(
                    text.map(given -> given.getBytes(StandardCharsets.UTF_8)).orElseGet(() -> randomText(random)));
        }
        return packed(strings);
    }

    private byte[] randomText(SplittableRandom random) {
        byte[] letters = new byte[stringLength];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (byte) LETTERS.charAt(random.nextInt(LETTERS.length()));
        }
        return letters;
    }

    /** Strings as the protocol has them: four bytes of length before each. */
    static ByteBuffer packed(List<byte[]> strings) {
        int bytes = strings.stream()
                .mapToInt(string -> string.length + Integer.BYTES)
                .sum();
        ByteBuffer packed = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        strings.forEach(string -> packed.putInt(string.length).put(string));
        return packed;
    }
}
