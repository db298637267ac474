package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.models.execute.RunResult;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * The outputs of one run, in native memory that is reused once they are closed. Arrays are copies and stay good; tensors and
 * segments are views and do not. Any thread may read them.
 */
public final class Outputs implements AutoCloseable {
    private final List<TensorSpec> specs;
    private final RunResult result;
    private volatile boolean closed;

    Outputs(List<TensorSpec> specs, RunResult result) {
        this.specs = specs;
        this.result = result;
    }

    /** The names, in the model's order. */
    public List<String> names() {
        return specs.stream().map(TensorSpec::name).toList();
    }

    /** The output in native memory, good until this object is closed. */
    public Tensor tensor(String name) {
        if (closed) {
            throw new EngineException(Code.CLOSED, "the outputs are closed");
        }
        for (int i = 0; i < specs.size(); i++) {
            if (specs.get(i).name().equals(name)) {
                return result.outputs().get(i);
            }
        }
        throw EngineException.invalid("the model has no output '" + name + "': its outputs are " + specs);
    }

    public Shape shape(String name) {
        return tensor(name).shape();
    }

    /** A copy of an output of FP32. */
    public float[] floats(String name) {
        return elements(name, "float[]", Set.of(DataType.FP32)).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** A copy of an output of FP64. */
    public double[] doubles(String name) {
        return elements(name, "double[]", Set.of(DataType.FP64)).toArray(ValueLayout.JAVA_DOUBLE);
    }

    /** A copy of an output of INT64 or UINT64. */
    public long[] longs(String name) {
        return elements(name, "long[]", Set.of(DataType.INT64, DataType.UINT64)).toArray(ValueLayout.JAVA_LONG);
    }

    /** A copy of an output of INT32 or UINT32. */
    public int[] ints(String name) {
        return elements(name, "int[]", Set.of(DataType.INT32, DataType.UINT32)).toArray(ValueLayout.JAVA_INT);
    }

    /** A copy of an output of INT16, UINT16, or the bits of FP16 or BF16. */
    public short[] shorts(String name) {
        return elements(name, "short[]", Set.of(DataType.INT16, DataType.UINT16, DataType.FP16, DataType.BF16))
                .toArray(ValueLayout.JAVA_SHORT);
    }

    /** A copy of an output of INT8, UINT8 or BOOL. */
    public byte[] bytes(String name) {
        return elements(name, "byte[]", Set.of(DataType.INT8, DataType.UINT8, DataType.BOOL))
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /** A copy of an output of strings. */
    public String[] strings(String name) {
        Tensor tensor = tensor(name);
        require(name, tensor, "String[]", Set.of(DataType.STRING));
        String[] strings = new String[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = new String(tensor.strings()[i], StandardCharsets.UTF_8);
        }
        return strings;
    }

    private MemorySegment elements(String name, String array, Set<DataType> types) {
        Tensor tensor = tensor(name);
        require(name, tensor, array, types);
        return tensor.segment().asSlice(0, tensor.byteSize());
    }

    private static void require(String name, Tensor tensor, String array, Set<DataType> types) {
        if (!types.contains(tensor.dataType())) {
            throw EngineException.invalid(
                    "output '" + name + "' is " + tensor.dataType().protocolName() + ": it is no " + array);
        }
    }

    /** Gives the memory back. Any thread; closing twice is harmless. */
    @Override
    public void close() {
        closed = true;
        result.close();
    }
}
