package dev.nereid.server.protocol;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

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
        Optional<InferException> misfit = misfit(output, tensor, range);
        if (misfit.isPresent()) {
            throw misfit.get();
        }
        long bytes = BytesCodec.binarySize(tensor);
        range.write(
                tensor.dataType() == DataType.STRING
                        ? strings(tensor, bytes)
                        : tensor.segment().asSlice(0, bytes));
    }

    /** What a client is told whose memory is too small for an output; empty where all have room. */
    public static Optional<InferException> misfit(List<RequestedOutput> requested, List<OutputTensor> outputs) {
        for (RequestedOutput wanted : requested) {
            if (wanted.place().isPresent() && wanted.classification() == 0) {
                for (OutputTensor output : outputs) {
                    if (output.name().equals(wanted.name())) {
                        Optional<InferException> misfit = misfit(
                                output.name(), output.tensor(), wanted.place().get());
                        if (misfit.isPresent()) {
                            return misfit;
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<InferException> misfit(String output, Tensor tensor, SharedRange range) {
        long bytes = BytesCodec.binarySize(tensor);
        return bytes <= range.byteSize()
                ? Optional.empty()
                : Optional.of(
                        InferException.internal("shared memory size specified with the request for output '" + output
                                + "' (" + range.byteSize() + " bytes) should be at least " + bytes
                                + " bytes to hold the results"));
    }

    private static MemorySegment strings(Tensor tensor, long bytes) {
        MemorySegment wire = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        BytesCodec.encode(tensor.strings(), tensor.shape().elements(), wire, 0);
        return wire;
    }
}
