package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a run. Arrays are copied into native memory that this object owns; tensors of the caller's are used where they
 * are. Setting an input again replaces it. One thread at a time.
 */
public final class Inputs implements AutoCloseable {
    private record Entry(Tensor tensor, SlabPool.@Nullable Slab slab) {}

    private final Engine engine;
    private final Map<String, TensorSpec> specs;
    private final Map<String, Entry> entries = new HashMap<>();
    private boolean closed;

    Inputs(Engine engine, Map<String, TensorSpec> specs) {
        this.engine = engine;
        this.specs = specs;
    }

    /** Sets an input of FP32. */
    public Inputs set(String name, float[] values, long... shape) {
        return copy(name, MemorySegment.ofArray(values), values.length, "float[]", Set.of(DataType.FP32), shape);
    }

    /** Sets an input of FP64. */
    public Inputs set(String name, double[] values, long... shape) {
        return copy(name, MemorySegment.ofArray(values), values.length, "double[]", Set.of(DataType.FP64), shape);
    }

    /** Sets an input of INT64 or UINT64. */
    public Inputs set(String name, long[] values, long... shape) {
        return copy(
                name,
                MemorySegment.ofArray(values),
                values.length,
                "long[]",
                Set.of(DataType.INT64, DataType.UINT64),
                shape);
    }

    /** Sets an input of INT32 or UINT32. */
    public Inputs set(String name, int[] values, long... shape) {
        return copy(
                name,
                MemorySegment.ofArray(values),
                values.length,
                "int[]",
                Set.of(DataType.INT32, DataType.UINT32),
                shape);
    }

    /** Sets an input of INT16, UINT16, or the bits of FP16 or BF16. */
    public Inputs set(String name, short[] values, long... shape) {
        return copy(
                name,
                MemorySegment.ofArray(values),
                values.length,
                "short[]",
                Set.of(DataType.INT16, DataType.UINT16, DataType.FP16, DataType.BF16),
                shape);
    }

    /** Sets an input of INT8, UINT8 or BOOL, of which 0 is false and 1 is true. */
    public Inputs set(String name, byte[] values, long... shape) {
        return copy(
                name,
                MemorySegment.ofArray(values),
                values.length,
                "byte[]",
                Set.of(DataType.INT8, DataType.UINT8, DataType.BOOL),
                shape);
    }

    /** Sets an input of strings, as UTF-8. */
    public Inputs set(String name, String[] values, long... shape) {
        spec(name, "String[]", Set.of(DataType.STRING));
        Shape checked = shape(name, values.length, shape);
        byte[][] elements = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            elements[i] = values[i].getBytes(StandardCharsets.UTF_8);
        }
        put(name, new Entry(Tensor.ofStrings(checked, elements), null));
        return this;
    }

    /**
     * Sets an input to a tensor of the caller's, which is not copied: its memory stays as it is until the outputs of the run are
     * closed.
     *
     * @param tensor in native memory (an {@link java.lang.foreign.Arena}'s) that is aligned to its elements; not a mapped file
     */
    public Inputs set(String name, Tensor tensor) {
        spec(name, "a tensor of " + tensor.dataType().protocolName(), Set.of(tensor.dataType()));
        if (tensor.dataType() != DataType.STRING
                && tensor.segment().address() % tensor.dataType().bytes() != 0) {
            throw EngineException.invalid("input '" + name + "': expected memory aligned to "
                    + tensor.dataType().bytes() + " bytes, got address "
                    + tensor.segment().address());
        }
        put(name, new Entry(tensor, null));
        return this;
    }

    /**
     * Native memory for an input, to be filled by the caller: elements in row-major order, little-endian. It is this object's, and
     * good until the input is set again or this object is closed.
     *
     * @return of exactly the bytes that the shape takes; what it holds is undefined
     * @throws EngineException with {@link Code#INVALID_ARGUMENT}, {@link Code#OUT_OF_MEMORY} or {@link Code#CLOSED}
     */
    public MemorySegment allocate(String name, long... shape) {
        TensorSpec spec = open(name);
        if (spec.dataType() == DataType.STRING) {
            throw EngineException.invalid(
                    "input '" + name + "' is of strings, which have no native memory: set a String[]");
        }
        Shape checked = shape(name, -1, shape);
        SlabPool.Slab slab = take(spec, checked);
        put(name, new Entry(Tensor.of(spec.dataType(), checked, slab.segment()), slab));
        return slab.segment();
    }

    private SlabPool.Slab take(TensorSpec spec, Shape shape) {
        try {
            return engine.take(
                    Math.multiplyExact(shape.elements(), (long) spec.dataType().bytes()));
        } catch (ArithmeticException e) {
            throw new EngineException(
                    Code.INVALID_ARGUMENT,
                    "input " + spec + ": shape " + shape + " takes more bytes than there can be",
                    e);
        } catch (RuntimeException e) {
            throw EngineException.of("input " + spec, e);
        }
    }

    private Inputs copy(
            String name, MemorySegment values, int length, String array, Set<DataType> types, long... shape) {
        spec(name, array, types);
        shape(name, length, shape);
        MemorySegment.copy(values, 0, allocate(name, shape), 0, values.byteSize());
        return this;
    }

    private static Shape shape(String name, long length, long... dims) {
        try {
            Shape shape = Shape.of(dims);
            if (length >= 0 && shape.elements() != length) {
                throw EngineException.invalid("input '" + name + "': shape " + shape + " has " + shape.elements()
                        + " elements, got an array of " + length);
            }
            return shape;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new EngineException(Code.INVALID_ARGUMENT, "input '" + name + "': " + e.getMessage(), e);
        }
    }

    private TensorSpec open(String name) {
        if (closed) {
            throw new EngineException(Code.CLOSED, "the inputs are closed");
        }
        TensorSpec spec = specs.get(name);
        if (spec == null) {
            throw EngineException.invalid("the model has no input '" + name + "': its inputs are " + specs.values());
        }
        return spec;
    }

    private void spec(String name, String given, Set<DataType> types) {
        TensorSpec spec = open(name);
        if (!types.contains(spec.dataType())) {
            throw EngineException.invalid(
                    "input " + spec + ": expected " + spec.dataType().protocolName() + ", got " + given);
        }
    }

    private void put(String name, Entry entry) {
        free(entries.put(name, entry));
    }

    private static void free(@Nullable Entry entry) {
        if (entry != null && entry.slab() != null) {
            entry.slab().close();
        }
    }

    Tensor tensor(TensorSpec spec) {
        if (closed) {
            throw new EngineException(Code.CLOSED, "the inputs are closed");
        }
        Entry entry = entries.get(spec.name());
        if (entry == null) {
            throw EngineException.invalid("input " + spec + " is missing: set it before the run");
        }
        return entry.tensor();
    }

    /** Frees the memory of arrays that were copied. Closing twice is harmless. */
    @Override
    public void close() {
        closed = true;
        entries.values().forEach(Inputs::free);
        entries.clear();
    }
}
