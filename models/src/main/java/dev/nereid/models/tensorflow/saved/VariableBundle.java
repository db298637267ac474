package dev.nereid.models.tensorflow.saved;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.tensorflow.graph.TensorflowDataTypes;
import dev.nereid.proto.tensorflow.BundleEntryProto;
import dev.nereid.proto.tensorflow.BundleHeaderProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.proto.tensorflow.TensorSliceProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The tensors of a checkpoint: {@code variables.index} with their places, and the shards with their elements, which are
 * mapped. A tensor whose place is not aligned to its elements is copied, and one that is saved in slices is joined. Checksums are checked of what is read.
 */
final class VariableBundle {
    private static final String NAME = "variables";
    private static final String HEADER = "";
    private static final int HIGHEST_RANK = 64;
    private static final int MOST_SHARDS = 100_000;
    private static final int MOST_SLICES = 4096;

    private final Path folder;
    private final ImportMemory memory;
    private final Map<String, byte[]> entries;
    private final int shards;
    private final Map<Integer, MemorySegment> mapped = new HashMap<>();

    private VariableBundle(Path folder, ImportMemory memory, Map<String, byte[]> entries, int shards) {
        this.folder = folder;
        this.memory = memory;
        this.entries = entries;
        this.shards = shards;
    }

    /**
     * Opens the checkpoint of a folder; one without an index has no tensors.
     *
     * @param memory takes the mapped files and the copies
     * @throws ModelFormatException if the index is damaged
     */
    static VariableBundle open(Path folder, ImportMemory memory) {
        Path index = folder.resolve(NAME + ".index");
        if (!Files.isRegularFile(index)) {
            return new VariableBundle(folder, memory, Map.of(), 0);
        }
        try {
            Map<String, byte[]> entries = LevelDbTable.read(memory.map(index));
            byte[] header = entries.get(HEADER);
            if (header == null) {
                throw new ModelFormatException("it has no header");
            }
            BundleHeaderProto read = BundleHeaderProto.parseFrom(header);
            if (read.getEndianness() != BundleHeaderProto.Endianness.LITTLE) {
                throw new ModelFormatException("its byte order is " + read.getEndianness() + ": expected LITTLE");
            }
            if (read.getNumShards() < 1 || read.getNumShards() > MOST_SHARDS) {
                throw new ModelFormatException(
                        "it has " + read.getNumShards() + " shards: expected 1 to " + MOST_SHARDS);
            }
            return new VariableBundle(folder, memory, entries, read.getNumShards());
        } catch (IOException | ModelFormatException e) {
            throw new ModelFormatException("'" + NAME + ".index': " + e.getMessage(), e);
        }
    }

    /** Whether a tensor of that name was saved. */
    boolean has(String name) {
        return !name.isEmpty() && entries.containsKey(key(name));
    }

    /**
     * A tensor as it was saved.
     *
     * @throws ModelFormatException if there is none, it lies outside its shard, or its checksum is wrong
     */
    Tensor tensor(String name) {
        byte[] entry = entry(name);
        try {
            return whole(name, BundleEntryProto.parseFrom(entry));
        } catch (InvalidProtocolBufferException | ModelFormatException | ArithmeticException e) {
            throw wrong(name, e);
        }
    }

    /**
     * A part of a tensor, or all of it.
     *
     * @param slice as a restore operation writes it; empty for all of the tensor
     * @throws ModelFormatException as the other method does, or if the slice does not lie in the tensor
     */
    Tensor tensor(String name, String slice) {
        if (slice.isEmpty()) {
            return tensor(name);
        }
        byte[] bytesOfEntry = entry(name);
        try {
            BundleEntryProto entry = BundleEntryProto.parseFrom(bytesOfEntry);
            long[] dims = shape(entry.getShape()).dims();
            TensorSlice wanted = TensorSlice.parse(slice).within(dims);
            for (TensorSliceProto each : entry.getSlicesList()) {
                if (TensorSlice.of(each).within(dims).equals(wanted)) {
                    return part(name, entry, TensorSlice.of(each), wanted);
                }
            }
            Tensor whole = whole(name, entry);
            requireNumbers(whole.dataType());
            Shape shape = Shape.of(wanted.dims());
            int bytes = whole.dataType().bytes();
            MemorySegment part = memory.allocate(shape.elements() * bytes);
            wanted.copy(whole.segment(), dims, part, bytes, false);
            return Tensor.of(whole.dataType(), shape, part);
        } catch (InvalidProtocolBufferException | ModelFormatException | ArithmeticException e) {
            throw wrong(name, e);
        }
    }

    private static ModelFormatException wrong(String name, Exception e) {
        return new ModelFormatException("tensor '" + name + "' of the checkpoint: " + e.getMessage(), e);
    }

    private byte[] entry(String name) {
        byte[] entry = entries.get(key(name));
        if (entry == null || name.isEmpty()) {
            throw new ModelFormatException("the checkpoint has no tensor '" + name + "'");
        }
        return entry;
    }

    private Tensor whole(String name, BundleEntryProto entry) throws InvalidProtocolBufferException {
        return entry.getSlicesCount() > 0 ? joined(name, entry) : tensor(entry);
    }

    /** A tensor that is saved in slices, which must make it up without gaps. */
    private Tensor joined(String name, BundleEntryProto entry) throws InvalidProtocolBufferException {
        if (entry.getSlicesCount() > MOST_SLICES) {
            throw new ModelFormatException(
                    "it is saved in " + entry.getSlicesCount() + " slices: expected at most " + MOST_SLICES);
        }
        DataType type = TensorflowDataTypes.of(entry.getDtype());
        requireNumbers(type);
        Shape shape = shape(entry.getShape());
        List<TensorSlice> known = new ArrayList<>();
        List<Tensor> parts = new ArrayList<>();
        long elements = 0;
        for (TensorSliceProto each : entry.getSlicesList()) {
            TensorSlice slice = TensorSlice.of(each).within(shape.dims());
            if (!known.stream().allMatch(slice::isApartFrom)) {
                throw new ModelFormatException("two of its slices overlap");
            }
            known.add(slice);
            parts.add(part(name, entry, TensorSlice.of(each), slice));
            elements += parts.getLast().shape().elements();
        }
        if (elements != shape.elements()) {
            throw new ModelFormatException(
                    "its slices have " + elements + " elements: expected " + shape.elements() + ", those of " + shape);
        }
        long bytes = Math.multiplyExact(elements, (long) type.bytes());
        long stored =
                mapped.values().stream().mapToLong(MemorySegment::byteSize).sum();
        if (bytes > stored) {
            // A small file must not have any amount of memory taken.
            throw new ModelFormatException("its slices have " + bytes + " bytes, and their shards " + stored
                    + ": expected slices that share no bytes");
        }
        MemorySegment whole = memory.allocate(bytes);
        for (int i = 0; i < known.size(); i++) {
            known.get(i).copy(whole, shape.dims(), parts.get(i).segment(), type.bytes(), true);
        }
        return Tensor.of(type, shape, whole);
    }

    /**
     * A slice as it was saved.
     *
     * @param slice as the entry has it
     * @param known the same with all lengths
     */
    private Tensor part(String name, BundleEntryProto whole, TensorSlice slice, TensorSlice known)
            throws InvalidProtocolBufferException {
        byte[] entry = entries.get(slice.key(name));
        if (entry == null) {
            throw new ModelFormatException(
                    "its slice from " + slice.starts() + " of lengths " + slice.lengths() + " is missing");
        }
        Tensor part = tensor(BundleEntryProto.parseFrom(entry));
        DataType type = TensorflowDataTypes.of(whole.getDtype());
        if (part.dataType() != type || !part.shape().equals(Shape.of(known.dims()))) {
            throw new ModelFormatException("its slice from " + slice.starts() + " is " + part.dataType() + part.shape()
                    + ": expected " + type + Shape.of(known.dims()));
        }
        return part;
    }

    private static void requireNumbers(DataType type) {
        if (type == DataType.STRING) {
            throw new ModelFormatException("it is a slice of strings: expected numbers");
        }
    }

    private static String key(String name) {
        return new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private Tensor tensor(BundleEntryProto entry) {
        if (entry.getSlicesCount() > 0) {
            throw new ModelFormatException("one of its slices has slices itself");
        }
        DataType type = TensorflowDataTypes.of(entry.getDtype());
        Shape shape = shape(entry.getShape());
        MemorySegment shard = shard(entry.getShardId());
        if (entry.getOffset() < 0 || entry.getSize() < 0 || entry.getOffset() > shard.byteSize() - entry.getSize()) {
            throw new ModelFormatException("it takes " + entry.getSize() + " bytes at " + entry.getOffset()
                    + " of shard " + entry.getShardId() + ", which has " + shard.byteSize());
        }
        MemorySegment bytes = shard.asSlice(entry.getOffset(), entry.getSize());
        if (type == DataType.STRING) {
            return StoredStrings.read(shape, bytes, entry.getCrc32C());
        }
        if (shape.elements() > Long.MAX_VALUE / type.bytes() || entry.getSize() != shape.elements() * type.bytes()) {
            throw new ModelFormatException("it has " + entry.getSize() + " bytes: expected those of " + type + shape);
        }
        if (MaskedChecksum.of(bytes) != entry.getCrc32C()) {
            throw new ModelFormatException("its checksum is wrong: the file is damaged");
        }
        if (bytes.address() % type.bytes() != 0) {
            MemorySegment copy = memory.allocate(bytes.byteSize());
            MemorySegment.copy(bytes, 0, copy, 0, bytes.byteSize());
            bytes = copy;
        }
        return Tensor.of(type, shape, bytes);
    }

    private static Shape shape(TensorShapeProto shape) {
        long[] dims = shape.getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        if (shape.getUnknownRank() || dims.length > HIGHEST_RANK) {
            throw new ModelFormatException("it has no shape, or one of more than " + HIGHEST_RANK + " dims");
        }
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException("it has the impossible shape " + java.util.Arrays.toString(dims), e);
        }
    }

    private MemorySegment shard(int number) {
        if (number < 0 || number >= shards) {
            throw new ModelFormatException("it lies in shard " + number + " of " + shards);
        }
        return mapped.computeIfAbsent(number, _ -> {
            String file = String.format(Locale.ROOT, "%s.data-%05d-of-%05d", NAME, number, shards);
            try {
                return memory.map(folder.resolve(file));
            } catch (IOException e) {
                throw new ModelFormatException("'" + file + "' cannot be read: " + e, e);
            }
        });
    }
}
