package dev.nereid.server.protocol;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Copies tensors out of and into memory that clients share. */
public final class SharedTensors {
    private SharedTensors() {}

    /**
     * Copies a range into pooled memory, which the caller closes.
     *
     * @throws InferException if the client took the memory away
     */
    public static SlabPool.Slab read(SharedRange range, SlabPool memory) {
        SlabPool.Slab slab = memory.take(range.byteSize());
        try {
            range.read(slab.segment());
            return slab;
        } catch (RuntimeException | Error e) {
            slab.close();
            throw e;
        }
    }

    /**
     * Copies an output, strings in the form of the binary data extension.
     *
     * @throws InferException if it does not fit, or if the client took the memory away
     */
    public static void write(String output, Tensor tensor, SharedRange range) {
        long bytes = EncodedResponse.binarySize(tensor);
        if (bytes > range.byteSize()) {
            throw InferException.internal("shared memory size specified with the request for output '" + output + "' ("
                    + range.byteSize() + " bytes) should be at least " + bytes + " bytes to hold the results");
        }
        range.write(
                tensor.dataType() == DataType.STRING
                        ? strings(tensor, bytes)
                        : tensor.segment().asSlice(0, bytes));
    }

    private static MemorySegment strings(Tensor tensor, long bytes) {
        MemorySegment wire = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        BytesCodec.encode(tensor.strings(), tensor.shape().elements(), wire, 0);
        return wire;
    }
}
