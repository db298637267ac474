package dev.nereid.server.repository;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelWarmup;
import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Makes the tensor of one input of a warm-up sample: of zeros, of random values or from a file. */
final class WarmupData {
    /** Random integers lie below this, so that models can look something up by them. */
    private static final int RANDOM_BOUND = 2;

    /** Of an input, as of a request. */
    private static final long MOST_BYTES = Integer.MAX_VALUE;

    private final ModelConfig config;
    private final String sample;
    private final String input;
    private final Path folder;
    private final List<NativeMemory> memory;

    /**
     * Describes an input.
     *
     * @param folder where data files lie
     * @param memory receives the memory of tensors, for the caller to close
     */
    WarmupData(ModelConfig config, String sample, String input, Path folder, List<NativeMemory> memory) {
        this.memory = memory;
        this.config = config;
        this.sample = sample;
        this.input = input;
        this.folder = folder;
    }

    /**
     * The tensor, with a batch dim of 1 in front where the model batches: controls of sequences have one too.
     *
     * @throws ModelLoadException if it is not described in full, or its file cannot be read or is too short
     */
    Tensor tensor(ModelWarmup.Input description) {
        DataType type = ConfigTypes.tensorType(description.getDataType())
                .orElseThrow(() -> invalid("expects a data type for", "got " + description.getDataType()));
        int batchDims = config.getMaxBatchSize() > 0 ? 1 : 0;
        long[] dims = new long[description.getDimsCount() + batchDims];
        Arrays.fill(dims, 0, batchDims, 1);
        for (int i = 0; i < description.getDimsCount(); i++) {
            long dim = description.getDims(i);
            if (dim < 0) {
                throw invalid(
                        "expects all variable-size dimensions are specified for", "got " + description.getDimsList());
            }
            dims[i + batchDims] = dim;
        }
        Shape shape = shape(type, dims);
        return switch (description.getInputDataTypeCase()) {
            case INPUT_DATA_FILE -> fromFile(type, shape, description.getInputDataFile());
            case RANDOM_DATA -> type == DataType.STRING ? empty(shape) : random(type, shape);
            case ZERO_DATA -> type == DataType.STRING ? empty(shape) : Tensor.of(type, shape, allocate(type, shape));
            case INPUTDATATYPE_NOT_SET -> throw invalid("expects data for", "got neither a kind nor a file");
        };
    }

    /** A string has a length of four bytes at least. */
    private Shape shape(DataType type, long[] dims) {
        long most = MOST_BYTES / (type == DataType.STRING ? Integer.BYTES : type.bytes());
        long elements = 1;
        for (long dim : dims) {
            if (dim > most || elements > most / Math.max(dim, 1)) {
                throw invalid("expects at most " + MOST_BYTES + " bytes for", "got shape " + Arrays.toString(dims));
            }
            elements *= dim;
        }
        return Shape.of(dims);
    }

    private static Tensor empty(Shape shape) {
        byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
        Arrays.fill(elements, new byte[0]);
        return Tensor.ofStrings(shape, elements);
    }

    private Tensor random(DataType type, Shape shape) {
        MemorySegment data = allocate(type, shape);
        RandomGenerator random = new Random(shape.elements());
        for (long i = 0; i < shape.elements(); i++) {
            switch (type) {
                case FP32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
                case FP64 -> data.setAtIndex(ValueLayout.JAVA_DOUBLE, i, random.nextDouble());
                case FP16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(random.nextFloat()));
                // All other types are little-endian integers, or the upper half of a float, for which 0 and 1 do too.
                default -> data.set(ValueLayout.JAVA_BYTE, i * type.bytes(), (byte) random.nextInt(RANDOM_BOUND));
            }
        }
        return Tensor.of(type, shape, data);
    }

    private Tensor fromFile(DataType type, Shape shape, String name) {
        byte[] bytes = read(name);
        if (type == DataType.STRING) {
            byte[][] elements = BytesCodec.decode(MemorySegment.ofArray(bytes), shape.elements())
                    .orElseThrow(() -> invalid(
                            "expects " + shape.elements() + " elements behind their lengths in '" + name + "' for",
                            "got " + bytes.length + " bytes that are something else"));
            return Tensor.ofStrings(shape, elements);
        }
        MemorySegment data = allocate(type, shape);
        if (bytes.length < data.byteSize()) {
            throw invalid("expects " + data.byteSize() + " bytes of data in '" + name + "' for", "got " + bytes.length);
        }
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, Math.toIntExact(data.byteSize()));
        return Tensor.of(type, shape, data);
    }

    private byte[] read(String name) {
        try {
            return Files.readAllBytes(ConfigFiles.below(folder, name));
        } catch (IOException e) {
            throw new ModelLoadException(
                    InferException.Code.INVALID_ARG,
                    "cannot read '" + name + "' in folder " + folder + ", the data of input '" + input
                            + "' of warmup sample '" + sample + "': " + e,
                    e);
        }
    }

    private MemorySegment allocate(DataType type, Shape shape) {
        NativeMemory block = NativeMemory.allocate(Math.max(shape.elements() * type.bytes(), 1));
        memory.add(block);
        return block.segment().asSlice(0, shape.elements() * type.bytes());
    }

    private ModelLoadException invalid(String expectation, String got) {
        return ModelLoadException.invalid("warmup setting " + expectation + " input '" + input + "' of sample '"
                + sample + "' for " + config.getName() + ", " + got);
    }
}
